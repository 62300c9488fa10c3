import type { Caution } from '../../core/advice/verdict.ts'

/** Returns the sentence of a caution: lower case, without a full stop, so that it can follow a colon. */
export function cautionText({ code, detail }: Caution): string {
  switch (code) {
    case 'sensitive':
      return detail ?? ''
    case 'you-are-inside':
      return 'this command runs inside of it; restart it from elsewhere'
    case 'own-job':
      return 'this command runs inside of it, and it ends by itself'
    case 'changing-state':
      return 'it is being stopped right now'
    case 'job-queued':
      return 'systemd has a job for it that waits (systemctl list-jobs)'
    case 'starting':
      return 'it is starting right now'
    case 'frozen':
      return 'it is frozen (systemctl freeze)'
    case 'ends-the-machine':
      return `when it ends, systemd does what its unit file says: ${detail}`
    case 'triggered-job':
      return `a job that ${detail} starts: a restart would run it a second time`
    case 'stops-too':
      return `a restart stops ${detail}, and does not start it again`
    case 'starts-too':
      return `a restart starts ${detail}, which is stopped now`
    case 'cannot-start':
      return `it could not start again: ${detail} is missing`
    case 'files-unknown':
      return 'what lies now where its files were could not be told: it may not start again'
    case 'one-start':
      return `systemd allows it one start in ${detail}: reset-failed first, or it may stay down`
    case 'needs-daemon-reload':
      return 'its unit file has changed: systemctl daemon-reload first'
    case 'not-killed':
      return 'what does not end by itself is not killed (SendSIGKILL=no)'
    case 'runs-again':
      return 'started with systemd-run: its command runs again'
    case 'lingers':
      return `it ends only with ${detail}, and with it all services of the user`
    case 'guest-supervisor':
      return `it runs ${detail} from outside: restart that when it suits`
    case 'ends-logins':
      return `a restart ends who is logged in through it: ${detail} processes beside its own`
    case 'session-left':
      return 'the user has logged out of this session; end these processes'
    case 'main-unknown':
      return 'systemd does not know its main process (KillMode=process)'
    case 'scope':
      return 'a scope cannot be restarted; end its programs and start them again'
    case 'not-a-service':
      return `a ${detail} unit is not restarted like a service`
    case 'unit-file-gone':
      return `its unit file is ${detail}: systemd could not start it again`
    case 'unit-stopped':
      return 'the unit is stopped, these processes were left over; end them'
    case 'systemd-refuses':
      return 'systemd refuses to restart it by hand'
    case 'one-connection':
      return 'it serves one connection and ends with it'
    case 'running-job':
      return 'it is a job that runs right now and ends by itself'
    case 'oneshot-left-over':
      return 'a oneshot is not run again; these processes were left over by it'
    case 'somebodys-command':
      return 'a command that somebody started with systemd-run, and may wait for'
    case 'left-over':
      return 'a restart leaves these processes alone: logins or jobs that end by themselves'
    case 'unit-not-asked':
      return 'systemd could not be asked about this unit'
    case 'ends-at-logout':
      return 'it ends when the user logs out'
    case 'display-manager':
      return 'it ends the graphical session; log out first'
    case 'ends-your-connection':
      return 'your own session came through it and ends with it'
    case 'carries-your-connection':
      return 'your own session came through it, and survives the restart'
    case 'ends-guests':
      return `a restart stops ${detail}`
    case 'ends-terminals':
      return `somebody works inside of it: ${detail}`
    case 'carries-remote-logins':
      return `remote logins come over ${detail}, which it manages`
    case 'takes-along':
      return `a restart takes ${detail} along`
    case 'restarts-too':
      return `restarts ${detail} too`
    case 'logins-may-fail':
      return 'new logins may fail until it is restarted: its own program was replaced'
    case 'kills-nothing':
      return 'its processes are not ended by a restart (KillMode=none)'
    case 'virtual-machine':
      return 'a virtual machine: shut it down and start it again'
    case 'no-unit':
      return 'belongs to no unit: end it and start it again'
    default:
      return code
  }
}
