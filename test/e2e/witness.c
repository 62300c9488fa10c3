/* 
 * Stands in for a program, writes down what it was given by whoever started it, and then becomes
 * the program, which lies in /srv/real. A line in /run/witness is
 *
 * NAME UID PID SESSION TTY FD=FILE...
 *
 * with the descriptors above 2 (proc(5): session and tty_nr in /proc/PID/stat).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t add_descriptors(char *line, size_t size)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t length = 0;
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		char link[64], file[1024];
		ssize_t end;

		if (atoi(entry->d_name) <= 2 || atoi(entry->d_name) == dirfd(directory))
			continue;
		snprintf(link, sizeof link, "/proc/self/fd/%.16s", entry->d_name);
		end = readlink(link, file, sizeof file - 1);
		file[end < 0 ? 0 : end] = '\0';
		if (length + strlen(file) + 32 < size)
			length += sprintf(line + length, " %.16s=%s", entry->d_name, file);
	}
	if (directory != NULL)
		closedir(directory);
	return length;
}

int main(int argc, char **argv)
{
	char line[8192], text[1024] = "", real[256];
	int session = -1, tty = -1, fd = open("/proc/self/stat", O_RDONLY);
	size_t length;

	(void)argc;
	if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
		sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %d %d", &session, &tty);
	close(fd);
	length = sprintf(line, "%s %u %d %d %d", program_invocation_short_name, getuid(), getpid(), session, tty);
	length += add_descriptors(line + length, sizeof line - length - 1);
	line[length++] = '\n';
	fd = open("/run/witness", O_WRONLY | O_APPEND);
	if (fd < 0 || write(fd, line, length) < 0)
		perror("/run/witness");
	close(fd);
	snprintf(real, sizeof real, "/srv/real/%s", program_invocation_short_name);
	execv(real, argv);
	perror(real);
	return 127;
}
