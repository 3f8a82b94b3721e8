/* Every message between parent and worker comes back as it was sent; a message
 * that is cut, too long, or says what cannot be is refused, whoever wrote it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "scan/wire.h"

static const struct digest D1 = { { 1, 2, 3 } }, D2 = { { 0xff, 0xfe } };

static const struct pkg_record package = {
	.type = PKG_RPM,
	.name = { (const uint8_t *)"bash", 4 },
	.version = { (const uint8_t *)"1:5.1-2", 7 },
	.arch = { (const uint8_t *)"x86_64", 6 },
	.source_name = { (const uint8_t *)"bash-src", 8 },
	.source_version = { (const uint8_t *)"5.1-2", 5 },
	.vendor = { (const uint8_t *)"Red Hat", 7 },
	.modularity = { (const uint8_t *)"m:1", 3 },
	.license = { (const uint8_t *)"GPLv3+", 6 },
};

static const struct os_facts os = {
	.id = { (const uint8_t *)"debian", 6 },
	.version_id = { (const uint8_t *)"12", 2 },
	.name = { (const uint8_t *)"Debian", 6 },
	.codename = { (const uint8_t *)"bookworm", 8 },
	.id_like = { (const uint8_t *)"x", 1 },
	.extended = { (const uint8_t *)"esm", 3 },
	.rank = 7,
};

static const struct layer_change change = {
	.kind = CHANGE_HARDLINK,
	.path = { (const uint8_t *)"a/b", 3 },
	.target = { (const uint8_t *)"c", 1 },
	.content = 9,
};

static const struct layer_problem problem = {
	.code = ERR_UNPARSABLE,
	.what = { (const uint8_t *)"var/lib/rpm", 11 },
	.text = { (const uint8_t *)"why", 3 },
	.note = true,
	.line = 7,
};

static const struct layer_done done = { .code = ERR_TRUNCATED,
					.text = "cut off",
					.blob = { { 1, 2, 3 } },
					.diff_id = { { 0xff, 0xfe } },
					.stored = 1,
					.raw = UINT64_MAX,
					.entries = 3 };

static const struct doc_record record = {
	.kind = REC_LAYER,
	.media_type = { (const uint8_t *)"m", 1 },
	.digest = { { 1, 2, 3 } },
	.size = 5,
	.os = { (const uint8_t *)"linux", 5 },
	.arch = { (const uint8_t *)"arm64", 5 },
	.variant = { (const uint8_t *)"v8", 2 },
	.name = { (const uint8_t *)"n", 1 },
	.text = { (const uint8_t *)"t", 1 },
	.flag = true,
};

static const struct archive_member member = { .type = TAR_SYMLINK,
					      .path = { (const uint8_t *)"p", 1 },
					      .link = { (const uint8_t *)"l", 1 },
					      .offset = 512,
					      .size = UINT64_MAX };

static const struct extra_path extras[] = {
	{ { (const uint8_t *)"data/status", 11 }, { (const uint8_t *)"var/lib/dpkg/status", 19 } },
	{ { (const uint8_t *)"x/", 2 }, { (const uint8_t *)"y/", 2 } },
};

static const struct layer_job job = {
	.work = { .families = FAMILY_VULNERABILITY, .extras = extras, .extra_count = 2 },
	.seekable = true,
	.offset = 7,
	.length = UINT64_MAX,
};

static void equal(struct bytes a, struct bytes b)
{
	assert_true(bytes_equal(a, b));
}

static struct msg_reader reader_of(const struct msg *m)
{
	return (struct msg_reader){ .c = cursor_of(buf_view(&m->payload)), .type = m->type };
}

/* --- round trips ------------------------------------------------------------------------ */

static void a_layer_job_comes_back(void **state)
{
	cleanup_msg struct msg m = { 0 };
	cleanup_arena struct arena arena = arena_max(MIB);
	struct error err = { 0 };
	struct layer_job got;
	(void)state;
	wire_layer_job(&m, &job);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(r.type, MSG_LAYER_JOB);
	assert_int_equal(unwire_layer_job(&r, &arena, &got, &err), 0);
	assert_true(got.seekable && got.offset == 7 && got.length == UINT64_MAX);
	assert_int_equal(got.work.families, FAMILY_VULNERABILITY);
	assert_int_equal(got.work.extra_count, 2);
	for (size_t i = 0; i < 2; i++) {
		equal(got.work.extras[i].path, extras[i].path);
		equal(got.work.extras[i].role, extras[i].role);
	}
}

static const struct app_record app = { .type = PKG_MAVEN,
				       .name = { (const uint8_t *)"g:a", 3 },
				       .version = { (const uint8_t *)"1.0", 3 },
				       .line = 9,
				       .dev = true,
				       .inner = { (const uint8_t *)"lib/a.jar", 9 },
				       .license = { (const uint8_t *)"MIT", 3 } };

static void an_application_package_comes_back(void **state)
{
	cleanup_msg struct msg m = { 0 };
	struct error err = { 0 };
	struct app_record got;
	uint32_t content;
	(void)state;
	wire_app_package(&m, 7, &app);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(unwire_app_package(&r, &content, &got, &err), 0);
	assert_int_equal(content, 7);
	assert_int_equal(got.type, PKG_MAVEN);
	equal(got.name, app.name);
	equal(got.version, app.version);
	equal(got.inner, app.inner);
	equal(got.license, app.license);
	assert_true(got.line == 9 && got.dev && !got.direct);
}

static void a_package_of_the_system_is_none_of_an_application(void **state)
{
	cleanup_msg struct msg m = { 0 };
	struct error err = { 0 };
	struct app_record wrong = app, got;
	uint32_t content;
	(void)state;
	wrong.type = PKG_DEB;
	wire_app_package(&m, 7, &wrong);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(unwire_app_package(&r, &content, &got, &err), -1);
}

static void a_change_comes_back(void **state)
{
	cleanup_msg struct msg m = { 0 };
	struct error err = { 0 };
	struct layer_change got;
	(void)state;
	wire_change(&m, &change);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(r.type, MSG_CHANGE);
	assert_int_equal(unwire_change(&r, &got, &err), 0);
	assert_int_equal(got.kind, CHANGE_HARDLINK);
	assert_int_equal(got.content, 9);
	equal(got.path, change.path);
	equal(got.target, change.target);
}

static void an_operating_system_comes_back(void **state)
{
	cleanup_msg struct msg m = { 0 };
	struct error err = { 0 };
	struct os_facts got;
	uint32_t content;
	(void)state;
	wire_os(&m, 3, &os);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(r.type, MSG_OS);
	assert_int_equal(unwire_os(&r, &content, &got, &err), 0);
	assert_int_equal(content, 3);
	assert_int_equal(got.rank, 7);
	equal(got.id, os.id);
	equal(got.version_id, os.version_id);
	equal(got.name, os.name);
	equal(got.codename, os.codename);
	equal(got.id_like, os.id_like);
	equal(got.extended, os.extended);
}

static void a_package_comes_back(void **state)
{
	cleanup_msg struct msg m = { 0 };
	struct error err = { 0 };
	struct pkg_record got;
	uint32_t content;
	(void)state;
	wire_package(&m, UINT32_MAX, &package);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(r.type, MSG_PACKAGE);
	assert_int_equal(unwire_package(&r, &content, &got, &err), 0);
	assert_true(content == UINT32_MAX);
	assert_int_equal(got.type, PKG_RPM);
	equal(got.name, package.name);
	equal(got.version, package.version);
	equal(got.arch, package.arch);
	equal(got.source_name, package.source_name);
	equal(got.source_version, package.source_version);
	equal(got.vendor, package.vendor);
	equal(got.modularity, package.modularity);
	equal(got.license, package.license);
}

static void a_problem_and_an_end_come_back(void **state)
{
	cleanup_msg struct msg m = { 0 };
	struct error err = { 0 };
	struct layer_problem p;
	struct layer_done d;
	(void)state;
	wire_problem(&m, &problem);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(r.type, MSG_PROBLEM);
	assert_int_equal(unwire_problem(&r, &p, &err), 0);
	assert_int_equal(p.code, ERR_UNPARSABLE);
	equal(p.what, problem.what);
	equal(p.text, problem.text);
	assert_true(p.note && p.line == 7);
	wire_done(&m, &done);
	r = reader_of(&m);
	assert_int_equal(r.type, MSG_LAYER_DONE);
	assert_int_equal(unwire_done(&r, &d, &err), 0);
	assert_int_equal(d.code, ERR_TRUNCATED);
	equal(d.text_bytes, BYTES_LIT("cut off"));
	assert_true(digest_equal(&d.blob, &D1) && digest_equal(&d.diff_id, &D2));
	assert_true(d.stored == 1 && d.raw == UINT64_MAX && d.entries == 3);
}

static void a_record_of_a_document_comes_back(void **state)
{
	cleanup_msg struct msg m = { 0 };
	struct error err = { 0 };
	struct doc_record got;
	(void)state;
	wire_doc_record(&m, &record);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(r.type, MSG_DOC_RECORD);
	assert_int_equal(unwire_doc_record(&r, &got, &err), 0);
	assert_int_equal(got.kind, REC_LAYER);
	assert_true(digest_equal(&got.digest, &D1) && got.size == 5 && got.flag);
	equal(got.media_type, record.media_type);
	equal(got.os, record.os);
	equal(got.arch, record.arch);
	equal(got.variant, record.variant);
	equal(got.name, record.name);
	equal(got.text, record.text);
}

static void a_member_progress_and_an_answer_come_back(void **state)
{
	cleanup_msg struct msg m = { 0 };
	struct error err = { 0 }, said = { .code = ERR_LIMIT, .text = "too much" }, got = { 0 };
	struct archive_member a;
	uint64_t raw;
	(void)state;
	wire_member(&m, &member);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(r.type, MSG_MEMBER);
	assert_int_equal(unwire_member(&r, &a, &err), 0);
	assert_true(a.type == TAR_SYMLINK && a.offset == 512 && a.size == UINT64_MAX);
	equal(a.path, member.path);
	equal(a.link, member.link);
	wire_progress(&m, UINT64_MAX - 1);
	r = reader_of(&m);
	assert_int_equal(r.type, MSG_PROGRESS);
	assert_int_equal(unwire_progress(&r, &raw, &err), 0);
	assert_true(raw == UINT64_MAX - 1);
	wire_answer(&m, &said);
	r = reader_of(&m);
	assert_int_equal(r.type, MSG_ANSWER);
	assert_int_equal(unwire_answer(&r, &got, &err), 0);
	assert_int_equal(got.code, ERR_LIMIT);
	assert_string_equal(got.text, "too much");
}

/* --- wrong ones ------------------------------------------------------------------------------ */

typedef int unwire_fn(struct msg_reader *r, struct error *err);

static int read_job(struct msg_reader *r, struct error *err)
{
	struct layer_job got;
	struct arena arena = arena_max(MIB);
	int result = unwire_layer_job(r, &arena, &got, err);
	arena_free(&arena);
	return result;
}

static int read_change(struct msg_reader *r, struct error *err)
{
	struct layer_change got;
	return unwire_change(r, &got, err);
}

static int read_os(struct msg_reader *r, struct error *err)
{
	struct os_facts got;
	uint32_t content;
	return unwire_os(r, &content, &got, err);
}

static int read_package(struct msg_reader *r, struct error *err)
{
	struct pkg_record got;
	uint32_t content;
	return unwire_package(r, &content, &got, err);
}

static int read_problem(struct msg_reader *r, struct error *err)
{
	struct layer_problem got;
	return unwire_problem(r, &got, err);
}

static int read_done(struct msg_reader *r, struct error *err)
{
	struct layer_done got;
	return unwire_done(r, &got, err);
}

static int read_progress(struct msg_reader *r, struct error *err)
{
	uint64_t got;
	return unwire_progress(r, &got, err);
}

static int read_record(struct msg_reader *r, struct error *err)
{
	struct doc_record got;
	return unwire_doc_record(r, &got, err);
}

static int read_member(struct msg_reader *r, struct error *err)
{
	struct archive_member got;
	return unwire_member(r, &got, err);
}

static int read_answer(struct msg_reader *r, struct error *err)
{
	struct error got;
	return unwire_answer(r, &got, err);
}

static int read_file(struct msg_reader *r, struct error *err)
{
	struct bytes path;
	uint32_t content;
	return unwire_file(r, &content, &path, err);
}

static int read_app(struct msg_reader *r, struct error *err)
{
	struct app_record got;
	uint32_t content;
	return unwire_app_package(r, &content, &got, err);
}

static int read_hashes(struct msg_reader *r, struct error *err)
{
	struct bytes got;
	uint32_t content;
	return unwire_hashes(r, &content, &got, err);
}

enum { MESSAGES = 13 };

/* One of each, and how it is read. */
static unwire_fn *make_message(size_t i, struct msg *m)
{
	const struct error said = { .code = ERR_IO, .text = "said" };
	static unwire_fn *const readers[MESSAGES] = { read_job,      read_change,  read_os,
						      read_package,  read_problem, read_done,
						      read_progress, read_record,  read_member,
						      read_answer,   read_file,    read_app,
						      read_hashes };
	static const uint64_t hashes[] = { 1, 2 };
	switch (i) {
	case 0:
		wire_layer_job(m, &job);
		break;
	case 1:
		wire_change(m, &change);
		break;
	case 2:
		wire_os(m, 1, &os);
		break;
	case 3:
		wire_package(m, 1, &package);
		break;
	case 4:
		wire_problem(m, &problem);
		break;
	case 5:
		wire_done(m, &done);
		break;
	case 6:
		wire_progress(m, 1);
		break;
	case 7:
		wire_doc_record(m, &record);
		break;
	case 8:
		wire_member(m, &member);
		break;
	case 9:
		wire_answer(m, &said);
		break;
	case 10:
		wire_file(m, 1, BYTES_LIT("opt/a.jar"));
		break;
	case 11:
		wire_app_package(m, 1, &app);
		break;
	default:
		wire_hashes(m, MSG_SHADOW, 1, hashes, 2);
		break;
	}
	return readers[i];
}

static void refused(unwire_fn *read, struct bytes payload)
{
	/* A block of its own, so that a sanitizer sees a read beyond it. */
	uint8_t *copy = malloc(payload.n > 0 ? payload.n : 1);
	struct msg_reader r = { .c = cursor_of(bytes_of(copy, payload.n)) };
	struct error err = { 0 };
	assert_non_null(copy);
	memcpy(copy, payload.p, payload.n);
	assert_int_equal(read(&r, &err), -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
	free(copy);
}

static void a_message_cut_anywhere_or_too_long_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < MESSAGES; i++) {
		cleanup_msg struct msg m = { 0 };
		unwire_fn *read = make_message(i, &m);
		for (size_t cut = 0; cut < m.payload.n; cut++)
			refused(read, bytes_of(m.payload.p, cut));
		assert_int_equal(buf_append(&m.payload, "", 1, NULL), 0);
		refused(read, buf_view(&m.payload));
	}
}

/* Any of the messages with one word of it set to a value that it cannot have. */
static void a_message_that_says_what_cannot_be_is_refused(void **state)
{
	static const struct {
		size_t message, at;
		uint32_t least; /* of the values that it cannot have */
	} words[] = {
		{ 0, 0, FAMILIES_ALL + 1 },
		{ 0, 4, 2 }, /* locks */
		{ 0, 8, 2 }, /* seekable */
		{ 0, 28, 4096 }, /* paths to come */
		{ 1, 0, CHANGE_KINDS },
		{ 3, 4, PKG_TYPES },
		{ 5, 0, ERR_CODES },
		{ 7, 0, REC_KINDS },
		{ 8, 0, TAR_OTHER + 1 },
		{ 9, 0, ERR_CODES },
		{ 11, 4, PKG_TYPES },
	};
	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const uint32_t values[] = { words[i].least, INT32_MAX, UINT32_MAX };
		for (size_t v = 0; v < 3; v++) {
			cleanup_msg struct msg m = { 0 };
			unwire_fn *read = make_message(words[i].message, &m);
			memcpy(m.payload.p + words[i].at, &values[v], 4);
			refused(read, buf_view(&m.payload));
		}
	}
}

static void a_text_with_a_nul_byte_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < MESSAGES; i++) {
		cleanup_msg struct msg m = { 0 };
		unwire_fn *read = make_message(i, &m);
		/* The first byte of the last text of each message that has texts. */
		size_t at = m.payload.n;
		while (at > 0 && (m.payload.p[at - 1] < '!' || m.payload.p[at - 1] > 'z'))
			at--;
		if (at == 0 || i == 7) /* a document's texts are checked where they are used */
			continue;
		m.payload.p[at - 1] = '\0';
		refused(read, buf_view(&m.payload));
	}
}

static void a_text_over_its_limit_is_refused(void **state)
{
	static uint8_t text[LIMIT_PKG_FIELD + 1];
	struct pkg_record p = package;
	struct layer_change c = change;
	struct archive_member a = member;
	cleanup_msg struct msg m = { 0 };
	(void)state;
	memset(text, 'x', sizeof text);
	p.license = bytes_of(text, sizeof text);
	wire_package(&m, 1, &p);
	refused(read_package, buf_view(&m.payload));
	p.license.n--;
	wire_package(&m, 1, &p);
	struct msg_reader r = reader_of(&m);
	assert_int_equal(read_package(&r, NULL), 0);
	c.path = bytes_of(text, LIMIT_PATH_BYTES + 1);
	wire_change(&m, &c);
	refused(read_change, buf_view(&m.payload));
	a.link = bytes_of(text, LIMIT_PATH_BYTES + 1);
	wire_member(&m, &a);
	refused(read_member, buf_view(&m.payload));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_layer_job_comes_back),
		cmocka_unit_test(an_application_package_comes_back),
		cmocka_unit_test(a_package_of_the_system_is_none_of_an_application),
		cmocka_unit_test(a_change_comes_back),
		cmocka_unit_test(an_operating_system_comes_back),
		cmocka_unit_test(a_package_comes_back),
		cmocka_unit_test(a_problem_and_an_end_come_back),
		cmocka_unit_test(a_record_of_a_document_comes_back),
		cmocka_unit_test(a_member_progress_and_an_answer_come_back),
		cmocka_unit_test(a_message_cut_anywhere_or_too_long_is_refused),
		cmocka_unit_test(a_message_that_says_what_cannot_be_is_refused),
		cmocka_unit_test(a_text_with_a_nul_byte_is_refused),
		cmocka_unit_test(a_text_over_its_limit_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
