/* cargo auditable's list of crates in the section .dep-v0: JSON, compressed as zlib
 * (RFC 1950) does. github.com/rust-secure-code/cargo-auditable, PARSING.md. */
#include "apps/rust_audit.h"

#include <isa-l/igzip_lib.h>

#include "format/json.h"

enum { INPUT = 16 * 1024, TEXT_MAX = 16 * 1024 * 1024, FIELD_MAX = 1024 };

/* The section as JSON text, a piece at a time. */
struct inflater {
	const struct elf *e;
	struct elf_range left;
	struct inflate_state state;
	uint64_t given;
	uint8_t input[INPUT];
};

static int refill(struct inflater *z, struct error *err)
{
	size_t n = z->left.n < INPUT ? (size_t)z->left.n : INPUT;
	if (app_read_at(z->e->file, z->left.at, z->input, n, err) < 0)
		return -1;
	z->left.at += n;
	z->left.n -= n;
	z->state.next_in = z->input;
	z->state.avail_in = (uint32_t)n;
	return 0;
}

static ssize_t read_text(void *ctx, void *p, size_t n, struct error *err)
{
	struct inflater *z = ctx;
	struct inflate_state *s = &z->state;
	s->next_out = p;
	s->avail_out = (uint32_t)(n < INPUT ? n : INPUT);
	uint32_t room = s->avail_out;
	while (s->avail_out == room && s->block_state != ISAL_BLOCK_FINISH) {
		/* without input it may still have output to give */
		bool starved = s->avail_in == 0 && z->left.n == 0;
		if (s->avail_in == 0 && !starved && refill(z, err) < 0)
			return -1;
		int code = isal_inflate(s);
		if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT)
			return error_set(err, ERR_MALFORMED, "the list of crates is damaged");
		if (starved && s->avail_out == room && s->block_state != ISAL_BLOCK_FINISH)
			return error_set(err, ERR_TRUNCATED, "the list of crates ends early");
	}
	z->given += room - s->avail_out;
	if (z->given > TEXT_MAX)
		return error_set(err, ERR_LIMIT, "a list of crates of more than %d bytes",
				 TEXT_MAX);
	return (ssize_t)(room - s->avail_out);
}

struct crate {
	struct buf name, version;
	bool built_with; /* ran at build time; is not in the program */
};

static int keep(struct json_reader *r, struct buf *out)
{
	struct bytes text;
	out->n = 0;
	return json_get_string(r, &text) ? buf_append(out, text.p, text.n, NULL) : 0;
}

static int read_crate(struct json_reader *r, struct crate *c)
{
	struct bytes key, kind;
	int rc = 0;
	c->name.n = c->version.n = 0;
	c->built_with = false;
	if (!json_enter_object(r))
		return 0;
	while (json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("name")))
			rc |= keep(r, &c->name);
		else if (bytes_equal(key, BYTES_LIT("version")))
			rc |= keep(r, &c->version);
		else if (bytes_equal(key, BYTES_LIT("kind")))
			c->built_with =
				json_get_string(r, &kind) && bytes_equal(kind, BYTES_LIT("build"));
		else
			json_skip(r);
	}
	return rc;
}

static int read_crates(struct json_reader *r, const struct app_sink *sink, struct error *err)
{
	struct crate c = { .name = buf_max(FIELD_MAX), .version = buf_max(FIELD_MAX) };
	int rc = 0;
	while (rc == 0 && json_next_item(r)) {
		if (read_crate(r, &c) < 0 || c.name.n == 0) {
			if (!json_failed(r))
				app_tell_skipped(sink, "a crate without a name of usual length");
		} else if (!c.built_with && !json_failed(r)) {
			struct app_record record = { .type = PKG_CARGO,
						     .name = buf_view(&c.name),
						     .version = buf_view(&c.version) };
			rc = app_tell(sink, &record, err);
		}
	}
	buf_free(&c.name);
	buf_free(&c.version);
	return rc;
}

static int read_document(struct json_reader *r, const struct app_sink *sink, struct error *err)
{
	struct bytes key;
	int rc = 0;
	if (json_enter_object(r)) {
		while (rc == 0 && json_next_key(r, &key)) {
			if (!bytes_equal(key, BYTES_LIT("packages")))
				json_skip(r);
			else if (json_enter_array(r))
				rc = read_crates(r, sink, err);
		}
	}
	return rc < 0 ? -1 : json_finish(r, err);
}

int rust_audit_read(const struct elf *e, const struct app_sink *sink, struct error *err)
{
	cleanup_free struct inflater *z = calloc(1, sizeof *z);
	if (z == NULL)
		return error_set(err, ERR_MEMORY, "no memory to inflate");
	z->e = e;
	z->left = e->rust_deps;
	isal_inflate_init(&z->state);
	z->state.crc_flag = ISAL_ZLIB;
	struct json_reader *r = json_open_stream(read_text, z);
	if (r == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read JSON");
	int rc = read_document(r, sink, err);
	json_close(r);
	return rc;
}
