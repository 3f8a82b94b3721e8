#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "source/overlay.h"

#define PROC "620 619 0:58 / /proc rw,nosuid - proc proc rw\n"
#define OTHER                                                                                      \
	"621 619 0:60 / /data rw - overlay overlay rw,lowerdir=/l,upperdir=/wrong,workdir=/w\n"

static void the_upper_directory_of_the_root_is_found(void **state)
{
	(void)state;
	static const struct {
		const char *mountinfo, *upper;
	} samples[] = {
		/* as docker and containerd mount it */
		{ "619 548 0:57 / / rw,relatime master:1 - overlay overlay "
		  "rw,lowerdir=/d/l/A:/d/l/B,"
		  "upperdir=/var/lib/docker/overlay2/ab/diff,workdir=/d/ab/work\n" PROC OTHER,
		  "/var/lib/docker/overlay2/ab/diff" },
		{ PROC OTHER "619 548 0:57 / / rw - overlay x rw,upperdir=/a\\040b\\134c",
		  "/a b\\c" },
		/* read-only, no overlay, none at all */
		{ "619 548 0:57 / / ro - overlay overlay ro,lowerdir=/a:/b\n" PROC OTHER, "" },
		{ "619 548 8:1 /root / rw - ext4 /dev/sda1 rw,upperdir=/x\n", "" },
		{ OTHER, "" },
		{ "", "" },
		{ "\n\n - - - overlay\n619 548 0:57 / / rw", "" },
		/* what is mounted over it hides it */
		{ "1 0 0:1 / / rw - overlay o rw,upperdir=/below\n2 1 0:2 / / rw - tmpfs t rw\n",
		  "" },
		{ "1 0 0:1 / / rw - overlay o rw,upperdir=/below\n"
		  "2 1 0:2 / / rw - overlay o rw,upperdir=/above\n",
		  "/above" },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct overlay_names names = { .lowers = buf_max(KIB) };
		overlay_names(bytes_str(samples[i].mountinfo), &names);
		assert_string_equal(names.upper, samples[i].upper);
		buf_free(&names.lowers);
	}
}

static void the_lower_directories_are_found_in_their_order(void **state)
{
	(void)state;
	static const struct {
		const char *options;
		size_t count;
		const char *names; /* with '\0' between them, as '|' */
	} samples[] = {
		{ "rw,lowerdir=/d/l/A:/d/l/B,upperdir=/u", 2, "/d/l/A|/d/l/B|" },
		{ "rw,lowerdir=l/A:l/B,upperdir=/u", 2, "l/A|l/B|" },
		/* the kernel doubles the mount's own backslash, and escapes commas */
		{ "rw,lowerdir=/a\\134:b:/c\\040d\\054e,upperdir=/u", 2, "/a:b|/c d,e|" },
		/* the newer way to mount */
		{ "rw,lowerdir+=/a,lowerdir+=/b,upperdir=/u", 2, "/a|/b|" },
		{ "rw,lowerdir=,upperdir=/u", 0, "" },
		{ "rw,upperdir=/u", 0, "" },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		char line[256], found[256] = "";
		struct overlay_names names = { .lowers = buf_max(KIB) };
		(void)snprintf(line, sizeof line, "1 0 0:1 / / rw - overlay o %s\n",
			       samples[i].options);
		overlay_names(bytes_str(line), &names);
		for (size_t k = 0; k < names.lowers.n; k++)
			found[k] = names.lowers.p[k] == 0 ? '|' : (char)names.lowers.p[k];
		if (names.lower_count > 0 || samples[i].count > 0)
			assert_string_equal(found, samples[i].names);
		assert_int_equal(names.lower_count, samples[i].count);
		buf_free(&names.lowers);
	}
}

static void a_name_without_room_for_it_is_none(void **state)
{
	(void)state;
	char *line = test_malloc(8192);
	struct overlay_names names = { .lowers = buf_max(KIB) };
	(void)snprintf(line, 8192, "1 0 0:1 / / rw - overlay o rw,lowerdir=/l,upperdir=/%05000d\n",
		       7);
	overlay_names(bytes_str(line), &names);
	assert_string_equal(names.upper, "");
	assert_int_equal(names.lower_count, 0);
	buf_free(&names.lowers);
	test_free(line);
}

/* --- looking --------------------------------------------------------------------------- */

struct stack {
	char dir[64];
	struct overlay overlay;
};

static void make_dir(const struct stack *s, const char *path)
{
	char full[256];
	(void)snprintf(full, sizeof full, "%s/%s", s->dir, path);
	assert_int_equal(mkdir(full, 0755), 0);
}

static void make_file(const struct stack *s, const char *path)
{
	char full[256];
	(void)snprintf(full, sizeof full, "%s/%s", s->dir, path);
	int fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, path, strlen(path)), (ssize_t)strlen(path));
	(void)close(fd);
}

static void make_link(const struct stack *s, const char *path, const char *target)
{
	char full[256];
	(void)snprintf(full, sizeof full, "%s/%s", s->dir, path);
	assert_int_equal(symlink(target, full), 0);
}

static int set_up(void **state)
{
	struct stack *s = test_calloc(1, sizeof *s);
	char line[512];
	static const char *const dirs[] = { "top", "low", "up", "top/a", "low/a", "up/a", "low/b" };
	(void)snprintf(s->dir, sizeof s->dir, "/tmp/corten-overlay.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
		make_dir(s, dirs[i]);
	make_file(s, "low/a/both");
	make_file(s, "top/a/both");
	make_file(s, "low/a/low");
	make_file(s, "low/b/hidden");
	make_file(s, "up/a/new");
	make_file(s, "top/b"); /* over a directory */
	make_link(s, "low/link", "a");
	make_link(s, "up/link", "a");
	/* relative: two levels over the upper directory */
	(void)snprintf(line, sizeof line,
		       "1 0 0:1 / / rw - overlay o rw,lowerdir=%s/top:low,upperdir=%s/up/a\n",
		       s->dir, s->dir);
	overlay_open(bytes_str(line), &s->overlay);
	assert_true(s->overlay.upper >= 0);
	overlay_close(&s->overlay);
	(void)snprintf(line, sizeof line,
		       "1 0 0:1 / / rw - overlay o rw,lowerdir=%s/top:%s/low,upperdir=%s/up\n",
		       s->dir, s->dir, s->dir);
	overlay_open(bytes_str(line), &s->overlay);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const paths[] = {
		"low/a/both", "top/a/both", "low/a/low", "low/b/hidden",
		"up/a/new",   "top/b",      "low/link",  "up/link",
		"top/a",      "low/a",      "up/a",      "low/b",
		"top",        "low",        "up",        "."
	};
	struct stack *s = *state;
	overlay_close(&s->overlay);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		char full[256];
		(void)snprintf(full, sizeof full, "%s/%s", s->dir, paths[i]);
		if (remove(full) < 0 && paths[i][0] != '.')
			return -1;
	}
	(void)rmdir(s->dir);
	test_free(s);
	return 0;
}

static void the_images_file_is_the_top_most_that_nothing_hides(void **state)
{
	const struct stack *s = *state;
	static const struct {
		const char *path, *content;
	} samples[] = {
		{ "a/both", "top/a/both" }, { "a/low", "low/a/low" },
		{ "b", "top/b" },           { "b/hidden", NULL }, /* its directory is a file now */
		{ "a/new", NULL },          { "a", NULL },
		{ "link/low", NULL },       { "../low/a/low", NULL },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		char content[64] = "";
		int fd = overlay_open_image(&s->overlay, samples[i].path);
		if (samples[i].content == NULL) {
			assert_int_equal(fd, -1);
			continue;
		}
		assert_true(fd >= 0);
		assert_true(read(fd, content, sizeof content - 1) > 0);
		(void)close(fd);
		assert_string_equal(content, samples[i].content);
	}
}

static void what_the_container_has_of_its_own_is_changed(void **state)
{
	const struct stack *s = *state;
	assert_int_equal(overlay_is_changed(&s->overlay, "a/new"), 1);
	assert_int_equal(overlay_is_changed(&s->overlay, "a/low"), 0);
	assert_int_equal(overlay_is_changed(&s->overlay, "a"), 0);
	assert_int_equal(overlay_is_changed(&s->overlay, "link/new"), 0);
	assert_int_equal(overlay_is_changed(&s->overlay, "../low/a/low"), -1);
}

static void with_one_directory_missing_nothing_is_known(void **state)
{
	(void)state;
	struct overlay o;
	overlay_open(BYTES_LIT("1 0 0:1 / / rw - overlay o rw,lowerdir=/nowhere,upperdir=/tmp\n"),
		     &o);
	assert_int_equal(o.upper, -1);
	overlay_open(BYTES_LIT(""), &o);
	assert_int_equal(o.upper, -1);
	overlay_close(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_upper_directory_of_the_root_is_found),
		cmocka_unit_test(the_lower_directories_are_found_in_their_order),
		cmocka_unit_test(a_name_without_room_for_it_is_none),
		cmocka_unit_test_setup_teardown(the_images_file_is_the_top_most_that_nothing_hides,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_the_container_has_of_its_own_is_changed,
						set_up, tear_down),
		cmocka_unit_test(with_one_directory_missing_nothing_is_known),
	};
	return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
