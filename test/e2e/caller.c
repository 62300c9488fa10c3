/* 
 * Runs a program as a careless shell of root does: with a terminal that controls its session, and
 * with files open that are nobody else's business. "exec 200>/root/lockfile" is how scripts use
 * flock(1).
 *
 * usage: caller PROGRAM ARG...
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(125);
}

static void open_as(const char *file, int flags, int fd)
{
	int opened = open(file, flags, 0600);

	if (opened < 0 || dup2(opened, fd) < 0)
		fail(file);
	close(opened);
}

int main(int argc, char **argv)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), status;
	pid_t child;

	if (argc < 2 || terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0)
		fail("open a terminal");
	if ((child = fork()) < 0)
		fail("fork");
	if (child == 0) {
		if (setsid() < 0)
			fail("setsid");
		open_as(ptsname(terminal), O_RDWR, 0);
		if (ioctl(0, TIOCSCTTY, 0) < 0)
			fail("TIOCSCTTY");
		close(terminal);
		open_as("/root/lockfile", O_RDWR | O_CREAT, 200);
		open_as("/root/secret", O_RDONLY | O_CREAT, 30);
		execv(argv[1], argv + 1);
		fail(argv[1]);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
