/* 
 * Runs commands one after the other and says what each cost. It is small, so that the peak memory
 * of a small command is its own: until it executes, a child has the memory of its parent.
 *
 * A line of standard input, fields between tabs: the file for standard output, then the words of
 * the command. Standard error goes to that file with ".err" behind its name. A line of standard
 * output: wall, user and system time in microseconds, peak memory in KiB, exit status (128 and
 * more: ended by a signal). Processes that the command waited for are counted with it
 * (getrusage(2)).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WORDS = 64 };

static long long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static long long of(struct timeval time)
{
	return time.tv_sec * 1000000LL + time.tv_usec;
}

static void redirect(const char *path, int flags, int fd)
{
	int file = open(path, flags, 0600);

	if (file < 0 || dup2(file, fd) < 0) {
		perror(path);
		_exit(126);
	}
	close(file);
}

static void execute(const char *output, char **words)
{
	char errors[4096];

	snprintf(errors, sizeof errors, "%s.err", output);
	redirect("/dev/null", O_RDONLY, 0);
	redirect(output, O_WRONLY | O_CREAT | O_TRUNC, 1);
	redirect(errors, O_WRONLY | O_CREAT | O_TRUNC, 2);
	execvp(words[0], words);
	perror(words[0]);
	_exit(127);
}

static void run(const char *output, char **words)
{
	struct rusage usage;
	int status;
	long long start = microseconds();
	pid_t pid = fork();

	if (pid == 0)
		execute(output, words);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		perror("runner");
		exit(1);
	}
	printf("%lld %lld %lld %ld %d\n", microseconds() - start, of(usage.ru_utime), of(usage.ru_stime), usage.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fflush(stdout);
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *words[MAX_WORDS + 1] = {0};
		char *rest = line;

		line[strcspn(line, "\n")] = '\0';
		for (int i = 0; i < MAX_WORDS && rest; i++)
			words[i] = strsep(&rest, "\t");
		if (words[1])
			run(words[0], words + 1);
	}
	return 0;
}
