#include "many.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* --- counts ------------------------------------------------------------------ */

void many_count(struct many_count *c, int result, int wanted)
{
	c->tries++;
	if (result == wanted)
		c->happened++;
	else if (result == MANY_STOPPED)
		c->stopped++;
	else if (c->other++ == 0)
		c->why = result < 0 ? -result : 0;
}

void many_print(const char *name, const struct many_count *c)
{
	printf("%s\t%lu\t%lu\t%lu\t%lu\t%s\t%.2f\n", name, c->tries, c->happened, c->stopped,
	       c->other, c->why != 0 ? strerror(c->why) : "", c->seconds);
	fflush(stdout);
}

/* --- the smallest program ------------------------------------------------------ */

/* exit(code), in the machine's own words. */
#if defined(__x86_64__)
enum { MACHINE = EM_X86_64, CODE_IN_TEXT = 1 };
static const unsigned char text[] = { 0xbf, 0, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05 };
#elif defined(__aarch64__)
/* mov x0, #code << 5 of 0xd2800000: code in bits 5 to 20 */
enum { MACHINE = EM_AARCH64, CODE_IN_TEXT = 0 };
static const unsigned char text[] = { 0x00, 0, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 1, 0, 0, 0xd4 };
#else
#error "the smallest program is not written for this machine"
#endif

enum { LOADED_AT = 0x400000, HEADERS = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) };

off_t many_code_at(void)
{
	return HEADERS + CODE_IN_TEXT;
}

static size_t make_program(unsigned char out[static HEADERS + sizeof(text)], int code)
{
	Elf64_Ehdr e = { .e_type = ET_EXEC,
			 .e_machine = MACHINE,
			 .e_version = EV_CURRENT,
			 .e_entry = LOADED_AT + HEADERS,
			 .e_phoff = sizeof(e),
			 .e_ehsize = sizeof(e),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 1 };
	Elf64_Phdr p = { .p_type = PT_LOAD,
			 .p_flags = PF_R | PF_X,
			 .p_vaddr = LOADED_AT,
			 .p_paddr = LOADED_AT,
			 .p_filesz = HEADERS + sizeof(text),
			 .p_memsz = HEADERS + sizeof(text),
			 .p_align = 0x1000 };

	memcpy(e.e_ident, ELFMAG, SELFMAG);
	e.e_ident[EI_CLASS] = ELFCLASS64;
	e.e_ident[EI_DATA] = ELFDATA2LSB;
	e.e_ident[EI_VERSION] = EV_CURRENT;
	memcpy(out, &e, sizeof(e));
	memcpy(out + sizeof(e), &p, sizeof(p));
	memcpy(out + HEADERS, text, sizeof(text));
	if (MACHINE == EM_AARCH64) {
		out[HEADERS] = (unsigned char)((code & 7) << 5);
		out[HEADERS + 1] = (unsigned char)(code >> 3);
	} else {
		out[HEADERS + CODE_IN_TEXT] = (unsigned char)code;
	}
	return HEADERS + sizeof(text);
}

int many_fill(int fd, int code, unsigned extra)
{
	unsigned char program[HEADERS + sizeof(text) + 16] = { 0 };
	size_t n = make_program(program, code) + (extra < 16 ? extra : 16);

	return pwrite(fd, program, n, 0) == (ssize_t)n ? 0 : -errno;
}

int many_make(const char *path, int code, unsigned extra)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755), failed;

	if (fd < 0)
		return -errno;
	failed = many_fill(fd, code, extra);
	close(fd);
	return failed;
}

/* --- running it ---------------------------------------------------------------- */

static int result_of(int status, int failure)
{
	if (failure != 0)
		return failure == EPERM ? MANY_STOPPED : -failure;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGKILL ? MANY_STOPPED : -EINTR;
	switch (WEXITSTATUS(status)) {
	case CODE_FOREIGN:
		return MANY_HAPPENED;
	case CODE_IMAGE:
		return MANY_ALLOWED;
	default:
		return -ENOEXEC;
	}
}

/* The child shares its parent's memory until it has become another program. */
int many_exec(int dir, const char *path, int flags)
{
	char *const argv[] = { (char *)path, "mark", NULL }, *const envp[] = { NULL };
	volatile int failure = 0;
	int status = 0;
	pid_t child = vfork();

	if (child == 0) {
		syscall(SYS_execveat, dir, path, argv, envp, flags);
		failure = errno;
		_exit(1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -errno;
	return result_of(status, failure);
}

int many_exec_path(const char *path)
{
	return many_exec(AT_FDCWD, path, 0);
}

/* --- the command ---------------------------------------------------------------- */

static bool chosen(const char *name, char *const *names)
{
	if (*names == NULL)
		return true;
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run_forms(const struct many_form *f, int wanted, unsigned long count, char **names)
{
	for (; f->name != NULL; f++) {
		struct many_count c = { 0 };

		if (!chosen(f->name, names))
			continue;
		double since = now();

		for (unsigned long i = 0; i < count; i++)
			many_count(&c, f->run((unsigned)i), wanted);
		c.seconds = now() - since;
		many_print(f->name, &c);
	}
	return 0;
}

static int print_forms(const struct many_form *f)
{
	for (; f->name != NULL; f++)
		puts(f->name);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned long count =
		argc > 2 ? strtoul(argv[argc > 3 && *what != 'f' ? 3 : 2], NULL, 10) : 0;

	if (strcmp(what, "make") == 0 && argc == 4)
		return many_make(argv[2], (int)count, 0) != 0;
	if (strcmp(what, "forms") == 0 && argc == 3)
		return print_forms(strcmp(argv[2], "image") == 0 ? many_image : many_foreign);
	if (strcmp(what, "run") == 0 && argc > 3 && strcmp(argv[2], "image") == 0)
		return run_forms(many_image, MANY_ALLOWED, count, argv + 4);
	if (strcmp(what, "run") == 0 && argc > 3)
		return run_forms(many_foreign, MANY_HAPPENED, count, argv + 4);
	if (strcmp(what, "race") == 0 && argc >= 4)
		return many_race(strtoul(argv[2], NULL, 10), (unsigned)count, argc == 5);
	if (strcmp(what, "file") == 0 && argc == 3)
		return many_file(count);
	if (strcmp(what, "keep") == 0)
		return many_keep();
	fprintf(stderr, "usage: many make|forms|run|race|file|keep ...\n");
	return 2;
}
