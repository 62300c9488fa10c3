/*
 * Starts PROCESSES that cost whoever looks at them, and says "ready" as soon as each has what it
 * maps. Their files lie in the current directory, and most are removed again.
 *
 * usage: crowd long PROCESSES FILES MAPPINGS
 *            Each has removed FILES mapped, MAPPINGS times in all, half of the processes the same.
 *            Their paths are nearly as long as a path can be.
 *        crowd deep PROCESSES FILES DEPTH
 *            Each has removed FILES of its own mapped, each below DEPTH directories of its own.
 *        crowd groups PROCESSES FILE DIRECTORY
 *            Each has FILE mapped, and is alone in a control group of its own below DIRECTORY.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, NAME = 240, LEVELS = 14, PATH = 4096, HALVES = 2 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_file(const char *path, int flags)
{
	int file = open(path, flags, 0755);

	if (file < 0)
		fail(path);
	return file;
}

/* Mappings of one page of one file never become one mapping. */
static void map(int file, int times)
{
	for (int time = 0; time < times; time++)
		if (mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) == MAP_FAILED)
			fail("mmap");
	close(file);
}

static void map_removed(const char *path, int times)
{
	map(open_file(path, O_RDONLY | O_CREAT | O_EXCL), times);
	unlink(path);
}

static void enter(const char *directory)
{
	mkdir(directory, 0755);
	if (chdir(directory))
		fail("chdir");
}

/* Writes a number and fills it up. */
static void long_name(char *name, const char *what, int number)
{
	int length = sprintf(name, "%s-%d-", what, number);

	memset(name + length, 'o', NAME - length);
	strcpy(name + NAME, ".so");
}

static void map_long(int files, int mappings)
{
	char name[NAME + 4];

	/* Both halves are made in one directory. */
	long_name(name, "d", getpid());
	for (int level = 0; level < LEVELS; level++)
		enter(name);
	for (int file = 0; file < files; file++) {
		long_name(name, "f", file);
		map_removed(name, mappings / files);
	}
}

static void map_deep(int number, int files, int depth)
{
	char path[PATH];

	for (int file = 0; file < files; file++) {
		int length = sprintf(path, "p%d-f%d", number, file);

		for (int level = 0; level < depth; level++) {
			if (mkdir(path, 0755))
				fail(path);
			length += sprintf(path + length, "/d");
		}
		strcpy(path + length - 1, "l.so");
		map_removed(path, 1);
	}
}

static void enter_group(const char *directory, int number)
{
	char path[PATH];
	int file;

	sprintf(path, "%s/x-%d.service", directory, number);
	if (mkdir(path, 0755))
		fail(path);
	strcat(path, "/cgroup.procs");
	file = open_file(path, O_WRONLY);
	if (write(file, "0", 1) != 1)
		fail(path);
	close(file);
}

/* Returns the number of the process that it returns in: one half of them each. */
static int spread(int half, int processes)
{
	for (int number = half + HALVES; number < processes; number += HALVES)
		if (fork() == 0)
			return number;
	return half;
}

static void be_one(int half, char **argv)
{
	const char *kind = argv[1];
	int number;

	/* What is mapped before costs fork(2) less than mmap(2). */
	if (strcmp(kind, "long") == 0)
		map_long(atoi(argv[3]), atoi(argv[4]));
	number = spread(half, atoi(argv[2]));
	if (strcmp(kind, "deep") == 0)
		map_deep(number, atoi(argv[3]), atoi(argv[4]));
	if (strcmp(kind, "groups") == 0) {
		map(open_file(argv[3], O_RDONLY), 1);
		enter_group(argv[4], number);
	}
}

int main(int argc, char **argv)
{
	int pipes[2];

	if (argc != 5 || atoi(argv[2]) < HALVES)
		return 2;
	if (pipe(pipes))
		fail("pipe");
	for (int half = 0; half < HALVES; half++)
		if (fork() == 0) {
			be_one(half, argv);
			if (write(pipes[1], "", 1) != 1)
				fail("write");
			for (;;)
				pause();
		}
	close(pipes[1]);
	for (int left = atoi(argv[2]); left > 0; left--)
		if (read(pipes[0], &(char){0}, 1) != 1)
			return 1;
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
