/* 
 * Maps each FILE as code, as the dynamic loader maps a library, and stays. It is there for files
 * that LD_PRELOAD cannot name, as it ends a name at a blank, and for trees that have no dynamic
 * loader.
 *
 * usage: holder FILE...
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

int main(int argc, char **argv)
{
	for (int at = 1; at < argc; at++) {
		int fd = open(argv[at], O_RDONLY);

		if (fd < 0 || mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED) {
			perror(argv[at]);
			return 1;
		}
		close(fd);
	}
	for (;;)
		pause();
}
