/* 
 * Becomes a process whose maps nobody can read for ever, as a file system whose server does not
 * answer makes one.
 *
 * FILE is mounted as a FUSE file. A thread reads it, which is never answered, so its page stays
 * locked. Then it is mapped as uncached over another mapping: mmap(2) drops what is cached
 * (fuse_file_mmap in fs/fuse/file.c), waits for that page, and holds the lock of the address space.
 * When the server ends, all of it does.
 *
 * usage: stuck FILE
 *
 * Prints its process id when it is about to be stuck.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, REQUEST = FUSE_MIN_READ_BUFFER + 128 * 1024 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void answer(int fuse, const struct fuse_in_header *in, int error, const void *body,
                   size_t size)
{
	struct {
		struct fuse_out_header head;
		char body[256];
	} out = { .head = { .len = sizeof out.head + size, .error = -error, .unique = in->unique } };

	memcpy(out.body, body, size);
	if (write(fuse, &out, out.head.len) < 0)
		fail("write to /dev/fuse");
}

/* Answers everything but a read, of which it tells REACHED. */
static void serve(int fuse, int reached)
{
	static char request[REQUEST];
	const struct fuse_in_header *in = (const void *)request;
	const struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = PAGE };
	const struct fuse_attr_out attributes = { .attr_valid = 1000,
		.attr = { .ino = FUSE_ROOT_ID, .size = PAGE, .mode = S_IFREG | 0644, .nlink = 1,
			.blksize = PAGE } };
	struct fuse_open_out opened = { .open_flags = 0 };

	for (;;) {
		if (read(fuse, request, sizeof request) < 0) {
			if (errno == EINTR || errno == ENOENT || errno == EAGAIN)
				continue;
			exit(0);
		}
		switch (in->opcode) {
		case FUSE_INIT:
			answer(fuse, in, 0, &init, sizeof init);
			break;
		case FUSE_GETATTR:
			answer(fuse, in, 0, &attributes, sizeof attributes);
			break;
		case FUSE_OPEN:
			answer(fuse, in, 0, &opened, sizeof opened);
			opened.open_flags = FOPEN_DIRECT_IO;
			break;
		case FUSE_READ:
			if (write(reached, "", 1) < 0)
				fail("write to the pipe");
			break;
		case FUSE_FORGET:
		case FUSE_BATCH_FORGET:
		case FUSE_INTERRUPT:
			break;
		default:
			answer(fuse, in, ENOSYS, "", 0);
		}
	}
}

static void *read_cached(void *file)
{
	char byte;

	return read(*(int *)file, &byte, 1) < 0 ? NULL : file;
}

int main(int argc, char **argv)
{
	char options[64], byte, *place;
	int fuse = open("/dev/fuse", O_RDWR), reached[2], cached, uncached;
	pthread_t reader;

	if (argc != 2 || fuse < 0 || pipe(reached) < 0)
		fail("open /dev/fuse");
	snprintf(options, sizeof options, "fd=%d,rootmode=100000,user_id=0,group_id=0", fuse);
	if (mount("stuck", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		fail("mount");
	if (fork() == 0)
		serve(fuse, reached[1]);
	close(fuse);
	if ((cached = open(argv[1], O_RDONLY)) < 0 || (uncached = open(argv[1], O_RDONLY)) < 0)
		fail("open");
	if (pthread_create(&reader, NULL, read_cached, &cached) != 0 || read(reached[0], &byte, 1) != 1)
		fail("read");
	place = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	printf("%d\n", getpid());
	fflush(stdout);
	mmap(place, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, uncached, 0);
	return 1;
}
