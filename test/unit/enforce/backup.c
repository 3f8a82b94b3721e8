/* What is put back is the backup that was read, in the folder that was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "enforce/protocol.h"

struct place {
	char path[64];
	int folder, backup;
	struct digest digest;
};

static int file_make(const char *folder, const char *name, const char *text)
{
	char path[128];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_full(fd, text, strlen(text)), 0);
	return fd;
}

static struct place place_make(void)
{
	struct place p = { .path = "/tmp/corten-backup-XXXXXX" };
	assert_non_null(mkdtemp(p.path));
	p.folder = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	p.backup = file_make(p.path, "backup", "good");
	sha256_of(BYTES_LIT("good"), &p.digest);
	return p;
}

/* Names in the folder; the last check of each test: no temporary file stays. */
static void place_remove(struct place *p, size_t wanted)
{
	size_t names = 0;
	DIR *d = fdopendir(p->folder);
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		names++;
		if (unlinkat(p->folder, e->d_name, 0) != 0)
			(void)unlinkat(p->folder, e->d_name, AT_REMOVEDIR);
	}
	assert_int_equal(names, wanted);
	(void)closedir(d);
	(void)close(p->backup);
	assert_int_equal(rmdir(p->path), 0);
}

static void assert_text(const struct place *p, const char *name, const char *text)
{
	cleanup_buf struct buf got = buf_max(100);
	cleanup_close int fd = openat(p->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	assert_int_equal(fd_read_all(fd, &got, NULL), 0);
	assert_true(bytes_equal(buf_view(&got), bytes_str(text)));
}

static void a_file_gets_its_backups_content_and_mode(void **state)
{
	struct place p = place_make();
	struct error err = { 0 };
	struct stat st;
	(void)state;
	int old = file_make(p.path, "file", "bad and longer");
	assert_int_equal(backup_put(p.folder, "file", p.backup, &p.digest, &err), 0);
	assert_text(&p, "file", "good");
	assert_int_equal(fstatat(p.folder, "file", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* Who had it open has not what took its name. */
	assert_int_equal(fd_write_full(old, "more", 4), 0);
	assert_text(&p, "file", "good");
	(void)close(old);
	place_remove(&p, 2);
}

static void a_backup_that_is_another_now_is_refused(void **state)
{
	struct place p = place_make();
	struct error err = { 0 };
	(void)state;
	(void)close(file_make(p.path, "file", "bad"));
	assert_int_equal(pwrite(p.backup, "evil", 4, 0), 4);
	assert_int_equal(backup_put(p.folder, "file", p.backup, &p.digest, &err), -1);
	assert_int_equal(err.code, ERR_CHANGED);
	assert_text(&p, "file", "bad");
	place_remove(&p, 2);
}

static void a_link_is_replaced_and_not_followed(void **state)
{
	struct place p = place_make();
	struct error err = { 0 };
	(void)state;
	(void)close(file_make(p.path, "target", "kept"));
	assert_int_equal(symlinkat("target", p.folder, "file"), 0);
	assert_int_equal(backup_put(p.folder, "file", p.backup, &p.digest, &err), 0);
	assert_text(&p, "file", "good");
	assert_text(&p, "target", "kept");
	/* The same for a folder. */
	assert_int_equal(symlinkat("/tmp", p.folder, "folder"), 0);
	assert_int_equal(backup_put(p.folder, "folder", p.folder, &p.digest, &err), 0);
	struct stat st;
	assert_int_equal(fstatat(p.folder, "folder", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISDIR(st.st_mode));
	place_remove(&p, 4);
}

static void what_is_no_name_or_no_backup_is_refused(void **state)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/etc/passwd", "../file" };
	struct place p = place_make();
	struct error err = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_int_equal(backup_put(p.folder, names[i], p.backup, &p.digest, &err), -1);
	cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(backup_put(p.folder, "file", null, &p.digest, &err), -1);
	assert_int_equal(mkdirat(p.folder, "file", 0700), 0);
	assert_int_equal(backup_put(p.folder, "file", p.backup, &p.digest, &err), -1);
	place_remove(&p, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_gets_its_backups_content_and_mode),
		cmocka_unit_test(a_backup_that_is_another_now_is_refused),
		cmocka_unit_test(a_link_is_replaced_and_not_followed),
		cmocka_unit_test(what_is_no_name_or_no_backup_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
