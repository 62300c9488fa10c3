/* 
 * Maps each FILE as code, as the dynamic loader maps a library, and stays. It is there for files
 * that LD_PRELOAD cannot name, as it ends a name at a blank, and for trees that have no dynamic
 * loader. With -r it maps them to be read, and the kernel makes them executable as it does for old
 * programs.
 *
 * usage: holder [-r] FILE...
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

enum { PAGE = 4096 };

int main(int argc, char **argv)
{
	int implied = argc > 1 && strcmp(argv[1], "-r") == 0;
	int access = implied ? PROT_READ : PROT_READ | PROT_EXEC;

	if (implied)
		personality(READ_IMPLIES_EXEC);
	for (int at = 1 + implied; at < argc; at++) {
		int fd = open(argv[at], O_RDONLY);

		if (fd < 0 || mmap(NULL, PAGE, access, MAP_PRIVATE, fd, 0) == MAP_FAILED) {
			perror(argv[at]);
			return 1;
		}
		close(fd);
	}
	for (;;)
		pause();
}
