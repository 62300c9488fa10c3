/* 
 * Becomes a process that whoever looks at it waits for: it holds a FUSE file system whose server,
 * another process of the same user, reads every request and answers none. The wait for an answer to
 * a request that was read ends with the server alone: no signal ends it (request_wait_answer in
 * fs/fuse/dev.c).
 *
 * FUSE itself lets only the user who mounted it wait, and refuses everybody else
 * (fuse_allow_current_process). An overlay above it asks in the name of who mounted the overlay, so
 * root waits as well. A user without rights may mount both in namespaces of their own.
 *
 * usage: silent root [FILE] maps FILE, and has an overlay above the file system as its root
 * directory silent mapped maps a file of an overlay above the file system, and removes the file
 * silent mounted DIRECTORY UID as root: mounts the file system for everybody, becomes UID, maps a
 * file of it and removes the file silent unmounted DIRECTORY UID the same, but lets go of the mount
 * as "umount --lazy" does silent lent PROGRAM [WORD ...] becomes PROGRAM, whose standard input is a
 * removed file of an overlay above the file system: another process has both in namespaces of its
 * own served DIRECTORY as root: mounts the file system, and its server answers for ever
 *
 * Prints its own process id and the one of the server as soon as the server is silent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, FILE_ID = 2, REQUEST = FUSE_MIN_READ_BUFFER + 128 * 1024 };

static const char library[] = "x.so";
static const char writable[] =
	"lowerdir=/mnt/served,upperdir=/mnt/upper,workdir=/mnt/work,userxattr";
/* Shared by the two processes. */
static volatile int *is_silent;

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
		char body[512];
	} out = { .head = { .len = sizeof out.head + size, .error = -error, .unique = in->unique } };

	memcpy(out.body, body, size);
	/* Nobody waits for it any longer: ENOENT. */
	if (write(fuse, &out, out.head.len) < 0 && errno != ENOENT)
		fail("write to /dev/fuse");
}

/* One directory with one file. The kernel may keep nothing that it hears (attr_valid), so each look
 * is a request.
 */
static void serve(int fuse)
{
	static char request[REQUEST];
	const struct fuse_in_header *in = (const void *)request;
	const struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = PAGE };
	const struct fuse_attr directory = {
		.ino = FUSE_ROOT_ID, .mode = S_IFDIR | 0755, .nlink = 2, .blksize = PAGE
	};
	const struct fuse_attr file = {
		.ino = FILE_ID, .size = PAGE, .mode = S_IFREG | 0755, .nlink = 1, .blksize = PAGE
	};
	const struct fuse_statfs_out space = { .st = { .bsize = PAGE, .namelen = 255, .frsize = PAGE } };
	const struct fuse_open_out opened = { 0 };
	const struct fuse_entry_out entry = { .nodeid = FILE_ID, .attr = file };
	struct fuse_attr_out attributes = { .attr_valid = 0 };

	for (;;) {
		if (read(fuse, request, sizeof request) < 0) {
			if (errno == EINTR || errno == ENOENT || errno == EAGAIN)
				continue;
			exit(0);
		}
		if (*is_silent)
			continue;
		switch (in->opcode) {
		case FUSE_INIT:
			answer(fuse, in, 0, &init, sizeof init);
			break;
		case FUSE_GETATTR:
			attributes.attr = in->nodeid == FILE_ID ? file : directory;
			answer(fuse, in, 0, &attributes, sizeof attributes);
			break;
		case FUSE_LOOKUP:
			if (strcmp(request + sizeof *in, library) == 0)
				answer(fuse, in, 0, &entry, sizeof entry);
			else
				answer(fuse, in, ENOENT, "", 0);
			break;
		case FUSE_STATFS:
			answer(fuse, in, 0, &space, sizeof space);
			break;
		case FUSE_OPEN:
		case FUSE_OPENDIR:
			answer(fuse, in, 0, &opened, sizeof opened);
			break;
		case FUSE_READ:
		case FUSE_READDIR:
		case FUSE_UNLINK:
		case FUSE_FLUSH:
		case FUSE_RELEASE:
		case FUSE_RELEASEDIR:
			answer(fuse, in, 0, "", 0);
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

/* Mounts the file system on DIRECTORY and returns the process id of its server, which runs as UID.
 */
static pid_t mount_served(const char *directory, uid_t uid, const char *more)
{
	char options[128];
	int fuse = open("/dev/fuse", O_RDWR);
	pid_t server;

	if (fuse < 0)
		fail("open /dev/fuse");
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u%s", fuse, uid, uid, more);
	if (mount("silent", directory, "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		fail("mount a FUSE file system");
	if ((server = fork()) < 0)
		fail("fork");
	if (server == 0) {
		if (uid != getuid() && (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0))
			fail("become another user");
		serve(fuse);
	}
	close(fuse);
	return server;
}

static void map(const char *file)
{
	int fd = open(file, O_RDONLY);

	if (fd < 0 || mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		fail(file);
	close(fd);
}

static void map_and_remove(const char *directory)
{
	char file[4096];

	snprintf(file, sizeof file, "%s/%s", directory, library);
	map(file);
	if (unlink(file) < 0)
		fail(file);
}

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(file);
	close(fd);
}

/* Becomes root of namespaces of its own, as every user may. */
static void unshare_as_root(void)
{
	char users[64], groups[64];

	snprintf(users, sizeof users, "0 %u 1", getuid());
	snprintf(groups, sizeof groups, "0 %u 1", getgid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		fail("unshare");
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", users);
	put("/proc/self/gid_map", groups);
}

static pid_t make_overlay(const char *options)
{
	pid_t server;

	unshare_as_root();
	if (mount("silent", "/mnt", "tmpfs", 0, NULL) < 0 || mkdir("/mnt/served", 0755) < 0 || mkdir("/mnt/lower", 0755) < 0 ||
		mkdir("/mnt/upper", 0755) < 0 || mkdir("/mnt/work", 0755) < 0 || mkdir("/mnt/overlay", 0755) < 0)
		fail("make directories");
	server = mount_served("/mnt/served", 0, "");
	if (mount("silent", "/mnt/overlay", "overlay", 0, options) < 0)
		fail("mount an overlay");
	return server;
}

static pid_t hold_root(const char *file)
{
	pid_t server;

	if (file != NULL)
		map(file);
	server = make_overlay("lowerdir=/mnt/served:/mnt/lower");
	if (chdir("/mnt/overlay") < 0 || chroot(".") < 0)
		fail("chroot");
	return server;
}

static pid_t hold_mapped(void)
{
	pid_t server = make_overlay(writable);

	map_and_remove("/mnt/overlay");
	return server;
}

static pid_t hold_mount(const char *directory, uid_t uid, int stays)
{
	pid_t server = mount_served(directory, uid, ",allow_other");

	map_and_remove(directory);
	if (!stays && umount2(directory, MNT_DETACH) < 0)
		fail("umount");
	if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
		fail("become another user");
	return server;
}

static pid_t borrow(void)
{
	char file[64];
	int made[2], fd;
	pid_t holder, server;

	if (pipe(made) < 0 || (holder = fork()) < 0)
		fail("fork");
	if (holder == 0) {
		server = make_overlay(writable);
		if (write(made[1], &server, sizeof server) < 0)
			fail("write to a pipe");
		for (;;)
			pause();
	}
	close(made[1]);
	if (read(made[0], &server, sizeof server) != sizeof server)
		fail("read from a pipe");
	snprintf(file, sizeof file, "/proc/%d/root/mnt/overlay/%s", holder, library);
	if ((fd = open(file, O_RDONLY)) < 0 || dup2(fd, STDIN_FILENO) < 0 || unlink(file) < 0)
		fail(file);
	close(fd);
	close(made[0]);
	return server;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	pid_t server;

	is_silent = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (strcmp(mode, "root") == 0)
		server = hold_root(argv[2]);
	else if (strcmp(mode, "mapped") == 0)
		server = hold_mapped();
	else if (strcmp(mode, "lent") == 0 && argc > 2)
		server = borrow();
	else if (strcmp(mode, "served") == 0 && argc == 3)
		server = mount_served(argv[2], 0, "");
	else if (argc == 4)
		server = hold_mount(argv[2], atoi(argv[3]), strcmp(mode, "mounted") == 0);
	else
		return 2;
	*is_silent = strcmp(mode, "served") != 0;
	printf("%d %d\n", getpid(), server);
	fflush(stdout);
	if (strcmp(mode, "lent") == 0) {
		execvp(argv[2], argv + 2);
		fail(argv[2]);
	}
	for (;;)
		pause();
}
