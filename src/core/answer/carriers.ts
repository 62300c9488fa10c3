/** A program that carries a session: nobody works in it, and it ends with the session. */
type Carrier = {
  /** The name of its processes (proc_pid_comm(5)). */
  readonly comm: string
  readonly reason: string
  readonly source: string
}

/**
 * The programs that carry a session, and do nothing else in it. They end with the session, and a
 * new one has new ones. A user can give any process such a name, and hides only the own session.
 */
const CARRIERS: readonly Carrier[] = [
  { comm: 'sshd', reason: 'one process for each connection', source: 'sshd(8)' },
  { comm: 'sshd-session', reason: 'the same, since OpenSSH 9.8', source: 'sshd-session(8)' },
  { comm: 'sshd-auth', reason: 'ends with the login, since OpenSSH 10.0', source: 'sshd-auth(8)' },
  { comm: 'dropbear', reason: 'one process for each connection', source: 'dropbear(8)' },
  { comm: 'login', reason: 'waits for the shell that it started', source: 'login(1)' },
  { comm: 'agetty', reason: 'waits for a name, and becomes login', source: 'agetty(8)' },
  { comm: '(sd-pam)', reason: 'holds what PAM opened', source: 'systemd, setup_pam()' },
  { comm: 'su', reason: 'waits for the shell that it started', source: 'su(1)' },
  { comm: 'sudo', reason: 'waits for the command that it started', source: 'sudo(8)' },
  { comm: 'doas', reason: 'waits for the command that it started', source: 'doas(1)' },
  { comm: 'run0', reason: 'passes on a terminal', source: 'run0(1)' },
  { comm: 'pkexec', reason: 'waits for the command that it started', source: 'pkexec(1)' },
  {
    comm: 'polkit-agent-he',
    reason: 'polkit-agent-helper-1, cut to 15 characters, ends with the question',
    source: 'polkit(8)',
  },
  { comm: 'pacman', reason: 'waits for this hook', source: 'alpm-hooks(5)' },
]

const NAMES: ReadonlySet<string> = new Set(CARRIERS.map(({ comm }) => comm))

/** Says whether a process only carries a session, by its name. */
export function isCarrier(comm: string): boolean {
  return NAMES.has(comm)
}
