import type { OwnerRuleCode } from '../../core/advice/owner-rules.ts'
import type { UnitRuleCode } from '../../core/advice/unit-rules.ts'

/** The question that each rule about units asks. */
export const UNIT_RULE_WORDS = {
  'you-are-inside': 'Does this command itself run inside of it?',
  'own-job': 'Is it what started this command?',
  'changing-state': 'Is somebody stopping or cleaning it right now?',
  'job-queued': 'Is a job queued for it?',
  starting: 'Is it starting right now?',
  frozen: 'Is it frozen?',
  'kills-nothing': 'Does a restart end none of its processes (KillMode=none)?',
  'main-unknown': 'Does nobody know which of its processes a restart would end?',
  'unit-not-asked': 'Could systemd not be asked about it?',
  scope: 'Is it a scope, which cannot be started?',
  'not-a-service': 'Is it no service?',
  'unit-file-gone': 'Is its unit file gone or masked?',
  'unit-stopped': 'Is the unit stopped, with processes left over?',
  'one-connection': 'Is it an instance for one connection?',
  'running-job': 'Is it a job that runs right now?',
  'oneshot-left-over': 'Is it a oneshot that left processes behind?',
  'left-over': 'Did an earlier restart leave these processes alone, as logins or jobs?',
  'goes-on': 'Would a restart leave these processes alone, as logins or jobs that it started?',
  'still-listens': 'Would a restart leave them alone, and do they listen on a socket?',
  'holds-guest': 'Would a restart leave them alone, and do they run a container or a machine?',
  'left-alone': 'Would a restart leave them alone, and does nothing else end them?',
  'below-main': 'Would a restart end only the main process, which may or may not end them?',
  succeeded: 'Does its main process run the new program already, and these the old one?',
  'users-work': 'Does only the work of users inside of it use old code, from files of their own?',
  'display-manager': 'Is it the display manager?',
  sensitive: 'Is it in the table of units whose restart costs something?',
  'systemd-refuses': 'Does systemd refuse to restart it by hand?',
  'somebodys-command':
    'Is it a command that somebody started as a transient unit, and may wait for?',
  'ends-the-machine': 'Does the machine stop or start again when it ends?',
  'triggered-job': 'Does nothing but a timer, a path or the end of another unit start it (a job)?',
  'stops-too': 'Does a restart stop units that it does not start again?',
  'starts-too': 'Does a restart start units that somebody stopped, or that failed?',
  'cannot-start': 'Is a file missing without which it could not start again?',
  'start-skipped': 'Does a condition of its unit file keep systemd from starting it again?',
  'files-unknown': 'Is it unknown whether its files are still there?',
  'members-unknown': 'Do more processes run inside of it than can be looked at?',
  'open-files-unknown': 'Could open files, sockets or children of its processes not be read?',
  'one-start': 'Does systemd allow it only one start in a while?',
  'ends-logins': 'Does it let people in, and are there others than its main process in its group?',
  'ends-guests': 'Does a container or a virtual machine run inside of it, or does it run one?',
  'ends-terminals': 'Does somebody work at a terminal inside of it?',
  'takes-mounts-away': 'Does a process of it serve a file system?',
  'takes-interfaces-away': 'Has a process of it made a network interface?',
  'serves-display': 'Does a process of it serve a display that programs have windows on?',
  'hangs-up-terminals': 'Would a restart hang up a terminal at which somebody works?',
  'cuts-logins': 'Does the connection of a login go through a process of it?',
  'blocks-shutdown': 'Does a process of it keep the machine from shutting down, by a lock?',
  'jobs-inside': 'Would a restart end work in progress inside of it?',
  'ends-your-connection': 'Does your own session end with it?',
  'takes-along': 'Does a restart also restart units that are not safe to restart?',
} as const satisfies Readonly<Record<UnitRuleCode, string>>

/** The reason for which the owners of one kind have one step. */
export const OWNER_RULE_WORDS = {
  manager: 'PID 1 re-executes itself and keeps its state (systemctl(1), daemon-reexec)',
  'user-manager': 'a user manager re-executes itself; restarting it would end all of the user',
  lingers: 'the manager of a lingering user stays when the user logs out (loginctl(1))',
  'session-left':
    'its user has logged out, and these processes stayed (logind.conf(5), KillUserProcesses=)',
  'session-of-command':
    'no login made this session (logind.conf(5), pam_systemd(8), class=background)',
  greeter: 'it belongs to a login screen (sd_session_get_class(3), greeter)',
  'of-a-user':
    "root asks no user's manager: the user's own run does, and says what a restart costs",
  'pam-holder': '(sd-pam) keeps the PAM session open and ends with it',
  session: 'a login session is ended by whoever logged in',
  app: 'an application is closed and opened by whoever uses it',
  'started-by-user-bus':
    'what a bus started for a user may have windows, which do not come back with a restart',
  'started-by-bus': 'what a bus started is started by it again (dbus-daemon(1), SystemdService=)',
  'guest-supervisor': 'what runs a container from outside ends with the container',
  'podman-pause': 'it keeps the namespaces of the containers of a user (podman-system-migrate(1))',
  container: 'a container brings its own files, and is updated with its own tools',
  'container-of-machine':
    'a container that uses files of the machine gets the new ones when it starts again',
  'virtual-machine': 'a virtual machine is shut down and started by whoever runs it',
  'no-unit': 'no unit of systemd stands behind it',
} as const satisfies Readonly<Record<OwnerRuleCode, string>>
