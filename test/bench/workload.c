/* 
 * Makes the processes that the benchmark looks at, then becomes COMMAND. Each process has 30 to 80
 * libraries of DIRECTORY mapped as ld.so(8) maps them. It is PID 1 of a namespace, so that all of
 * them end with COMMAND.
 *
 * One in ten holds one to three libraries that are replaced when all are ready (with --replace).
 * One in ten holds what the kernel marks in the same way though nothing was replaced: a memfd and
 * shared anonymous memory.
 *
 * usage: workload [--processes N] [--replace] [--desk] [--mappings N] [--marked] DIRECTORY
 * COMMAND... --desk      one in ten has 2000 to 5000 mappings more, as browsers have --mappings
 * the first process has so many mappings more --marked    the mappings of --mappings are of a file
 * that is replaced
 *
 * Prints three lines: "processes PID PID..." with all of them, "stale PID..." with those that hold
 * replaced libraries, "noisy PID..." with those that hold a memfd. The same arguments and libraries
 * give the same workload.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_LIBRARIES = 256,
	MIN_LIBRARIES = 100,
	MAX_SEGMENTS = 8,
	DESCRIPTORS = 12,
	EVERY = 10,
	REPLACED_EVERY = 9,
	PAGE = 4096,
};

struct segment {
	size_t start, file_end, end;
	off_t offset;
	int protection;
};

/* Addresses count from the first byte of the library, and are those of whole pages. */
struct library {
	char *path;
	int fd;
	size_t length, relro_start, relro_end;
	int count;
	struct segment segments[MAX_SEGMENTS];
};

struct options {
	int processes;
	long mappings;
	int replace, desk, marked;
	const char *directory;
};

/* Those that all use, and those that only some use and that are replaced. */
static struct library kept[MAX_LIBRARIES], replaced[MAX_LIBRARIES];
static int kept_count, replaced_count;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static size_t page_start(size_t address)
{
	return address & ~(size_t)(PAGE - 1);
}

static size_t page_end(size_t address)
{
	return page_start(address + PAGE - 1);
}

/* The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Says whether a process is the one of its ten; `kind` tells the draws apart. */
static bool is_drawn(int index, uint64_t kind)
{
	uint64_t state = kind << 32 | (uint64_t)(index / EVERY);

	return next(&state) % EVERY == (uint64_t)(index % EVERY);
}

static bool is_stale(int index)
{
	return is_drawn(index, 1);
}

static bool is_noisy(int index)
{
	return is_drawn(index, 2);
}

/* Libraries. */

static void add_segment(struct library *library, const Elf64_Phdr *header)
{
	struct segment *segment = &library->segments[library->count++];

	segment->start = page_start(header->p_vaddr);
	segment->file_end = page_end(header->p_vaddr + header->p_filesz);
	segment->end = page_end(header->p_vaddr + header->p_memsz);
	segment->offset = page_start(header->p_offset);
	segment->protection = (header->p_flags & PF_R ? PROT_READ : 0) |
	                      (header->p_flags & PF_W ? PROT_WRITE : 0) |
	                      (header->p_flags & PF_X ? PROT_EXEC : 0);
	library->length = segment->end;
}

/* Returns false for what is no 64-bit shared object: linker scripts have such names too. */
static bool read_headers(struct library *library)
{
	Elf64_Ehdr file;
	Elf64_Phdr header;

	if (pread(library->fd, &file, sizeof file, 0) != sizeof file ||
	    memcmp(file.e_ident, ELFMAG, SELFMAG) ||
	    file.e_ident[EI_CLASS] != ELFCLASS64 || file.e_type != ET_DYN)
		return false;
	for (int i = 0; i < file.e_phnum && library->count < MAX_SEGMENTS; i++) {
		if (pread(library->fd, &header, sizeof header, file.e_phoff + i * sizeof header) != sizeof header)
			return false;
		if (header.p_type == PT_LOAD)
			add_segment(library, &header);
		if (header.p_type == PT_GNU_RELRO) {
			library->relro_start = page_start(header.p_vaddr);
			library->relro_end = page_start(header.p_vaddr + header.p_memsz);
		}
	}
	return library->count > 1 && library->segments[0].start == 0;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Keeps the files open, so that every process maps them without a look at their names. */
static void open_libraries(const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_visible, alphasort);

	if (count < 0)
		fail(directory);
	for (int i = 0; i < count && kept_count + replaced_count < MAX_LIBRARIES; i++) {
		struct library library = {0};

		if (asprintf(&library.path, "%s/%s", directory, entries[i]->d_name) < 0)
			fail("asprintf");
		library.fd = open(library.path, O_RDONLY | O_CLOEXEC);
		if (library.fd < 0)
			fail(library.path);
		if (!read_headers(&library))
			close(library.fd);
		else if ((kept_count + replaced_count) % REPLACED_EVERY == 0)
			replaced[replaced_count++] = library;
		else
			kept[kept_count++] = library;
	}
	if (kept_count + replaced_count < MIN_LIBRARIES) {
		fprintf(stderr, "Only %d libraries in %s\n", kept_count + replaced_count, directory);
		exit(1);
	}
}

/* As pacman does: another file gets the name. */
static void replace(const struct library *library)
{
	char *copy;
	struct stat now;
	int file;

	if (asprintf(&copy, "%s.new", library->path) < 0 || fstat(library->fd, &now) < 0)
		fail(library->path);
	file = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	for (off_t done = 0; done < now.st_size;)
		if (sendfile(file, library->fd, &done, now.st_size - done) <= 0)
			fail(copy);
	if (close(file) < 0 || rename(copy, library->path) < 0)
		fail(copy);
	free(copy);
}

/* What one process maps. */

static char *map(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	void *mapped = mmap(address, length, protection, flags | MAP_NORESERVE, fd, offset);

	if (mapped == MAP_FAILED)
		fail("mmap");
	return mapped;
}

static void map_library(const struct library *library)
{
	const struct segment *first = library->segments;
	char *base = map(NULL, library->length, first->protection, MAP_PRIVATE, library->fd,
	                 first->offset);

	for (int i = 0; i < library->count; i++) {
		const struct segment *segment = &library->segments[i];

		if (i > 0 && segment->file_end > segment->start)
			map(base + segment->start, segment->file_end - segment->start, segment->protection,
			    MAP_PRIVATE | MAP_FIXED, library->fd, segment->offset);
		if (segment->end > segment->file_end)
			map(base + segment->file_end, segment->end - segment->file_end, segment->protection,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (i + 1 < library->count && segment[1].start > segment->end)
			mprotect(base + segment->end, segment[1].start - segment->end, PROT_NONE);
	}
	if (library->relro_end > library->relro_start)
		mprotect(base + library->relro_start, library->relro_end - library->relro_start, PROT_READ);
}

/* Maps `wanted` different ones. */
static void map_some(const struct library *libraries, int count, int wanted, uint64_t *state)
{
	int order[MAX_LIBRARIES];

	for (int i = 0; i < count; i++)
		order[i] = i;
	for (int i = 0; i < wanted && i < count; i++) {
		int at = i + (int)(next(state) % (uint64_t)(count - i));
		int chosen = order[at];

		order[at] = order[i];
		map_library(&libraries[chosen]);
	}
}

/* Memory that the kernel marks as deleted though nothing was replaced. */
static void map_noise(void)
{
	int file = memfd_create("noise", MFD_CLOEXEC);

	if (file < 0 || ftruncate(file, PAGE) < 0)
		fail("memfd_create");
	map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Maps the first page of a library again and again: neighbours with the same offset stay apart. */
static void map_pages(const struct library *library, long count)
{
	char *base = map(NULL, (size_t)count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (long i = 0; i < count; i++)
		map(base + i * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, library->fd, 0);
}

/* Neighbours with another protection stay apart. */
static void map_heap(int count)
{
	char *base = map(NULL, (size_t)count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < count; i += 2)
		if (mprotect(base + (size_t)i * PAGE, PAGE, PROT_READ | PROT_WRITE) < 0)
			fail("mprotect");
}

/* Has as many files open as a small service, then says that it is ready. */
static void open_descriptors(int ready)
{
	if (dup2(ready, DESCRIPTORS) < 0 || close_range(3, DESCRIPTORS - 1, 0) < 0 ||
	    close_range(DESCRIPTORS + 1, ~0U, 0) < 0)
		fail("close_range");
	for (int i = 3; i < DESCRIPTORS; i++)
		if (open("/dev/null", O_RDWR) < 0)
			fail("/dev/null");
	if (write(DESCRIPTORS, "", 1) != 1)
		fail("ready");
	close(DESCRIPTORS);
}

static void live(int index, const struct options *options, int ready)
{
	uint64_t state = 0x57a1e000 + (uint64_t)index;
	char name[16];

	snprintf(name, sizeof name, "toy-%d", index);
	prctl(PR_SET_NAME, name);
	map_some(kept, kept_count, 30 + (int)(next(&state) % 51), &state);
	if (options->replace && is_stale(index))
		map_some(replaced, replaced_count, 1 + (int)(next(&state) % 3), &state);
	if (is_noisy(index))
		map_noise();
	if (options->desk && is_drawn(index, 3))
		map_heap(2000 + (int)(next(&state) % 3001));
	if (options->mappings > 0 && index == 0)
		map_pages(options->marked ? &replaced[0] : &kept[0], options->mappings);
	open_descriptors(ready);
	for (;;)
		pause();
}

/* The whole. */

static void start(const struct options *options, pid_t *pids)
{
	int ready[2];
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		fail("pipe2");
	for (int i = 0; i < options->processes; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			fail("fork");
		if (pids[i] == 0)
			live(i, options, ready[1]);
	}
	close(ready[1]);
	for (int i = 0; i < options->processes; i++)
		if (read(ready[0], &byte, 1) != 1) {
			fprintf(stderr, "%d of %d processes are ready\n", i, options->processes);
			exit(1);
		}
	close(ready[0]);
}

static bool has_replaced(const struct options *options, int index)
{
	return options->replace && (is_stale(index) || (options->marked && index == 0));
}

static void print_answers(const struct options *options, const pid_t *pids)
{
	printf("processes");
	for (int i = 0; i < options->processes; i++)
		printf(" %d", pids[i]);
	printf("\nstale");
	for (int i = 0; i < options->processes; i++)
		if (has_replaced(options, i))
			printf(" %d", pids[i]);
	printf("\nnoisy");
	for (int i = 0; i < options->processes; i++)
		if (is_noisy(i))
			printf(" %d", pids[i]);
	printf("\n");
	fflush(stdout);
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option LONG[] = {
		{"processes", required_argument, NULL, 'p'}, {"mappings", required_argument, NULL, 'm'},
		{"replace", no_argument, NULL, 'r'},         {"desk", no_argument, NULL, 'd'},
		{"marked", no_argument, NULL, 'k'},          {0},
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "+", LONG, NULL)) != -1)
		switch (letter) {
		case 'p': options->processes = atoi(optarg); break;
		case 'm': options->mappings = atol(optarg); break;
		case 'r': options->replace = true; break;
		case 'd': options->desk = true; break;
		case 'k': options->marked = true; break;
		default: exit(2);
		}
	if (argc - optind < 2 || options->processes < 1) {
		fprintf(stderr, "workload: wrong arguments\n");
		exit(2);
	}
	options->directory = argv[optind];
}

int main(int argc, char **argv)
{
	struct options options = {0};
	pid_t *pids;

	parse(&options, argc, argv);
	pids = calloc(options.processes, sizeof *pids);
	if (!pids)
		fail("calloc");
	open_libraries(options.directory);
	start(&options, pids);
	for (int i = 0; options.replace && i < replaced_count; i++)
		replace(&replaced[i]);
	print_answers(&options, pids);
	execvp(argv[optind + 1], argv + optind + 1);
	fail(argv[optind + 1]);
}
