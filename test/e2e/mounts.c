/*
 * Makes as many mounts as a user without rights may have, in a user and mount namespace that it was
 * started in ("unshare --user --map-root-user --mount"), and maps files that are removed.
 *
 * usage: mounts stacked COUNT FILES
 *          all mounts lie on one path, on which the files lie: each hides the one below it
 *        mounts doubled COUNT FILES PROCESSES
 *          the mounts lie beside the files. A bind mount of a tree onto a part of itself has all
 *          mounts of the tree again (MS_REC of mount(2)), so each makes twice as many. PROCESSES
 *          more map the same, each with a root directory of its own: its mountinfo has none of the
 *          mounts, but the kernel looks at all of them (show_mountinfo of fs/proc_namespace.c)
 *
 * Prints a line as soon as all is there.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static const char *numbered(const char *name, int number)
{
	static char path[64];

	snprintf(path, sizeof path, "%s%d", name, number);
	return path;
}

static void bind(const char *from, const char *to, int more)
{
	if (mount(from, to, NULL, MS_BIND | more, NULL) < 0)
		fail("bind");
}

static void map_and_remove(const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT, 0755);

	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		fail(file);
	if (mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED || unlink(file) < 0)
		fail(file);
	close(fd);
}

static void stack(int count)
{
	while (count-- > 0)
		bind("/mnt/other", "/mnt/files", 0);
}

static void double_up(int count)
{
	int made = 1, steps = 0;

	for (; made < count; made *= 2, steps++)
		if (mkdir(numbered("/mnt/other/", steps), 0755) < 0)
			fail("mkdir");
	bind("/mnt/other", "/mnt/other", 0);
	for (int at = 0; at < steps; at++)
		bind("/mnt/other", numbered("/mnt/other/", at), MS_REC);
}

static void stay_in(const char *directory)
{
	if (mkdir(directory, 0755) < 0 || chroot(directory) < 0)
		fail(directory);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	int count = argc > 3 ? atoi(argv[2]) : 0, processes = argc > 4 ? atoi(argv[4]) : 0;

	if (count == 0)
		return 2;
	if (mount("mounts", "/mnt", "tmpfs", 0, NULL) < 0)
		fail("mount");
	if (mkdir("/mnt/files", 0755) < 0 || mkdir("/mnt/other", 0755) < 0)
		fail("make directories");
	for (int at = 0; at < atoi(argv[3]); at++)
		map_and_remove(numbered("/mnt/files/", at));
	if (strcmp(argv[1], "stacked") == 0)
		stack(count);
	else
		double_up(count);
	for (int at = 0; at < processes; at++)
		if (fork() == 0)
			stay_in(numbered("/mnt/", at));
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
