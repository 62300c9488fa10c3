/*
 * Maps by turns FILE and its standard input at one address, in COUNT processes: what is there
 * (proc_pid_map_files(5)) is often another file than the one that somebody has just read of in
 * maps. FILE is there a fifth of the time, so most find the other.
 *
 * usage: swaps COUNT FILE
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, MOMENT = 200 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void map(void *at, int file)
{
	if (mmap(at, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, file, 0) == MAP_FAILED)
		fail("mmap");
}

static void swap(int file)
{
	/* What lies around it is of another kind, and never becomes one mapping with it. */
	char *room = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (;;) {
		map(room + PAGE, file);
		usleep(MOMENT);
		map(room + PAGE, STDIN_FILENO);
		usleep(4 * MOMENT);
	}
}

int main(int argc, char **argv)
{
	int file;

	if (argc != 3)
		return 2;
	if ((file = open(argv[2], O_RDONLY)) < 0)
		fail(argv[2]);
	for (int left = atoi(argv[1]) - 1; left > 0; left--)
		if (fork() == 0)
			break;
	swap(file);
}
