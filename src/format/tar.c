#include "format/tar.h"

#include <stdlib.h>

#include "format/tar_header.h"

/* What the next bytes of the archive are. */
enum tar_state {
	AT_HEADER, /* a header block */
	AT_META, /* content of a pax header or GNU long name */
	AT_GNU_SPARSE_MORE, /* old GNU sparse: a further block of runs */
	AT_SPARSE_MAP, /* pax sparse 1.0: the map before the content */
	AT_CONTENT,
	AT_PADDING, /* up to the next block */
	AT_END /* behind the end marker */
};

struct tar_reader {
	struct tar_sink sink;
	enum tar_state state;
	uint64_t offset, entries;
	uint64_t left; /* bytes left in AT_META, AT_CONTENT, AT_PADDING */
	size_t block_n; /* bytes of block that are here */
	uint8_t block[TAR_BLOCK_SIZE];
	bool zero_seen;

	struct tar_block head; /* of the entry at hand */
	uint8_t link[100];
	uint8_t meta_type; /* 'x', 'g', 'L', 'K' while AT_META */
	uint64_t meta_padding;
	bool extended; /* extended headers came for the next entry */
	struct buf meta, long_name, long_link;
	struct pax pax;

	bool wanted;
	struct sparse_map map;
	bool sparse;
	uint64_t stored, real_size;
	uint64_t logical; /* next byte of the file to deliver */
	size_t run; /* run being delivered */
	uint64_t run_done;
	uint64_t map_left; /* numbers of a 1.0 map still to come */
	bool map_counted, map_pending; /* pending: an offset waits for its length */
	uint64_t map_at, map_number;
	bool map_in_number;
};

struct tar_reader *tar_reader_new(struct tar_sink sink)
{
	struct tar_reader *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->sink = sink;
	t->meta = t->long_name = t->long_link = buf_max(LIMIT_PAX_BYTES + 1);
	pax_clear(&t->pax);
	return t;
}

void tar_reader_free(struct tar_reader *t)
{
	if (t == NULL)
		return;
	buf_free(&t->meta);
	buf_free(&t->long_name);
	buf_free(&t->long_link);
	pax_free(&t->pax);
	sparse_free(&t->map);
	free(t);
}

uint64_t tar_offset(const struct tar_reader *t)
{
	return t->offset;
}

uint64_t tar_entries(const struct tar_reader *t)
{
	return t->entries;
}

bool tar_ended(const struct tar_reader *t)
{
	return t->state == AT_END;
}

size_t tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK_SIZE - 1));
}

/* --- content ---------------------------------------------------------------- */

static int deliver_zeros(struct tar_reader *t, uint64_t until, struct error *err)
{
	static const uint8_t zeros[65536];
	while (t->wanted && t->logical < until) {
		uint64_t n = until - t->logical < sizeof zeros ? until - t->logical : sizeof zeros;
		if (t->sink.content(t->sink.ctx, bytes_of(zeros, (size_t)n), err) < 0)
			return -1;
		t->logical += n;
	}
	return 0;
}

static int deliver_plain(struct tar_reader *t, struct bytes piece, struct error *err)
{
	t->logical += piece.n;
	return t->sink.content(t->sink.ctx, piece, err);
}

static int deliver_sparse(struct tar_reader *t, struct bytes piece, struct error *err)
{
	while (piece.n > 0 && t->run < t->map.n) {
		const struct sparse_run *run = &t->map.runs[t->run];
		uint64_t n = run->n - t->run_done;
		if (n == 0) {
			t->run++;
			t->run_done = 0;
			continue;
		}
		if (deliver_zeros(t, run->at, err) < 0)
			return -1;
		n = n < piece.n ? n : piece.n;
		if (deliver_plain(t, bytes_sub(piece, 0, (size_t)n), err) < 0)
			return -1;
		t->run_done += n;
		piece = bytes_sub(piece, (size_t)n, piece.n);
	}
	return 0;
}

static int content_ended(struct tar_reader *t, struct error *err)
{
	t->state = AT_PADDING;
	t->left = tar_padding(t->stored);
	if (t->left == 0)
		t->state = AT_HEADER;
	if (!t->wanted)
		return 0;
	if (t->sparse && deliver_zeros(t, t->real_size, err) < 0)
		return -1;
	t->wanted = false;
	return t->sink.end(t->sink.ctx, err);
}

static int feed_content(struct tar_reader *t, struct bytes piece, struct error *err)
{
	t->left -= piece.n;
	if (t->wanted && piece.n > 0) {
		int r = t->sparse ? deliver_sparse(t, piece, err) : deliver_plain(t, piece, err);
		if (r < 0)
			return -1;
	}
	return t->left == 0 ? content_ended(t, err) : 0;
}

/* --- an entry begins ---------------------------------------------------------- */

/* Of v7 archives only, whose files have type NUL, does a name's last slash make
 * a directory: with type '0' it is a file, to Go as to the runtimes. */
static enum tar_type type_of(const struct tar_block *b, struct bytes path)
{
	switch (b->type) {
	case '\0':
		return path.n > 0 && path.p[path.n - 1] == '/' ? TAR_DIR : TAR_FILE;
	case '0':
	case '7':
	case 'S':
		return TAR_FILE;
	case '1':
		return TAR_HARDLINK;
	case '2':
		return TAR_SYMLINK;
	case '3':
		return TAR_CHAR;
	case '4':
		return TAR_BLOCK;
	case '5':
		return TAR_DIR;
	case '6':
		return TAR_FIFO;
	default:
		return TAR_OTHER;
	}
}

/* The order in which Go's reader lets one name override the other. */
static struct bytes entry_path(const struct tar_reader *t)
{
	if (t->sparse && t->head.type != 'S' && t->pax.has_sparse_name)
		return buf_view(&t->pax.sparse_name);
	if (t->long_name.n > 0)
		return buf_view(&t->long_name);
	return t->pax.has_path ? buf_view(&t->pax.path) : bytes_of(t->head.name, t->head.name_n);
}

static struct bytes entry_link(const struct tar_reader *t)
{
	if (t->long_link.n > 0)
		return buf_view(&t->long_link);
	return t->pax.has_link ? buf_view(&t->pax.link) : t->head.link;
}

static int check_sparse(const struct tar_reader *t, struct error *err)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < t->map.n; i++)
		if (checked_add(sum, t->map.runs[i].n, &sum))
			return error_set(err, ERR_MALFORMED, "a sparse file's map runs over");
	uint64_t end =
		t->map.n == 0 ? 0 : t->map.runs[t->map.n - 1].at + t->map.runs[t->map.n - 1].n;
	if (sum != t->left || end > t->real_size)
		return error_set(err, ERR_MALFORMED, "a sparse file's map and size disagree");
	return 0;
}

/* What extended headers said is for one entry. */
static void forget_extensions(struct tar_reader *t)
{
	t->extended = false;
	t->long_name.n = t->long_link.n = 0;
	pax_clear(&t->pax);
}

/* The map (if any) is complete: tells the sink, then the content comes. */
static int announce(struct tar_reader *t, struct error *err)
{
	struct bytes path = entry_path(t);
	struct tar_entry e = {
		.type = type_of(&t->head, path),
		.path = path,
		.link = entry_link(t),
		.size = t->sparse ? t->real_size : t->left,
		.stored = t->left,
		.mode = (uint32_t)t->head.mode,
		.uid = (uint32_t)(t->pax.has_uid ? t->pax.uid : t->head.uid),
		.gid = (uint32_t)(t->pax.has_gid ? t->pax.gid : t->head.gid),
		.mtime = t->pax.has_mtime ? t->pax.mtime : t->head.mtime,
		.sparse = t->sparse,
		.has_capability = t->pax.has_capability,
	};
	if (t->sparse && check_sparse(t, err) < 0)
		return -1;
	bool has_content = e.type == TAR_FILE || e.type == TAR_OTHER;
	if (!has_content)
		t->left = t->stored = e.size = e.stored = 0;
	t->entries++;
	t->logical = t->run_done = 0;
	t->run = 0;
	int want = t->sink.entry(t->sink.ctx, &e, err);
	forget_extensions(t);
	if (want < 0)
		return -1;
	t->wanted = want == TAR_CONTENT && e.type == TAR_FILE;
	t->state = AT_CONTENT;
	return t->left == 0 ? feed_content(t, bytes_of(NULL, 0), err) : 0;
}

static int begin_file(struct tar_reader *t, struct error *err)
{
	const struct pax *p = &t->pax;
	t->stored = t->left = p->has_size ? p->size : t->head.size;
	t->map.n = 0;
	t->sparse = false;
	if (t->head.type == 'S') {
		t->sparse = true;
		t->real_size = t->head.gnu_real_size;
		return 0;
	}
	bool has_content = t->head.type < '1' || t->head.type > '6';
	enum pax_sparse form = has_content ? pax_sparse(p) : PAX_PLAIN;
	if (form == PAX_PLAIN)
		return 0;
	t->sparse = true;
	t->real_size = p->has_sparse_size ? p->sparse_size
		       : p->has_real_size ? p->real_size
					  : t->left;
	if (form == PAX_MAP_IN_CONTENT) {
		t->state = AT_SPARSE_MAP;
		t->map_counted = t->map_pending = t->map_in_number = false;
		t->map_number = 0;
		t->block_n = 0;
		return 0;
	}
	return sparse_parse_list(&t->map, buf_view(&p->sparse_map), err);
}

/* Four or 21 runs of two 12-byte numbers; the first empty one ends them. */
static int add_gnu_runs(struct tar_reader *t, struct bytes runs, struct error *err)
{
	for (size_t i = 0; i + 24 <= runs.n; i += 24) {
		uint64_t at, n;
		if (runs.p[i] == 0 || runs.p[i + 12] == 0)
			break;
		if (!tar_number(bytes_sub(runs, i, i + 12), &at) ||
		    !tar_number(bytes_sub(runs, i + 12, i + 24), &n))
			return error_set(err, ERR_MALFORMED, "a sparse file's map is no number");
		if (sparse_add(&t->map, at, n, err) < 0)
			return -1;
	}
	return 0;
}

static int meta_ended(struct tar_reader *t, struct error *err)
{
	struct bytes content = buf_view(&t->meta);
	t->left = t->meta_padding;
	t->state = t->left > 0 ? AT_PADDING : AT_HEADER;
	if (t->meta_type == 'g') {
		/* To Go a global header is an entry of its own: what came before
		 * it was for it, and not for the file behind. */
		forget_extensions(t);
		return 0;
	}
	t->extended = true;
	if (t->meta_type == 'x') {
		pax_clear(&t->pax);
		return pax_parse(content, &t->pax, err);
	}
	ptrdiff_t nul = bytes_index(content, 0);
	if (nul >= 0)
		content = bytes_sub(content, 0, (size_t)nul);
	struct buf *to = t->meta_type == 'L' ? &t->long_name : &t->long_link;
	to->n = 0;
	return buf_append(to, content.p, content.n, err);
}

static int begin_meta(struct tar_reader *t, struct error *err)
{
	if (t->head.size > LIMIT_PAX_BYTES)
		return error_set(err, ERR_LIMIT, "an extended header of %llu bytes",
				 (unsigned long long)t->head.size);
	t->meta_type = t->head.type;
	t->left = t->head.size;
	t->meta_padding = tar_padding(t->head.size);
	t->meta.n = 0;
	t->state = AT_META;
	return t->left == 0 ? meta_ended(t, err) : 0;
}

static int on_header(struct tar_reader *t, const uint8_t *p, struct error *err)
{
	if (tar_block_parse(p, &t->head, err) < 0)
		return -1;
	if (t->head.is_zero) {
		if (t->zero_seen)
			t->state = AT_END;
		t->zero_seen = true;
		return 0;
	}
	if (t->zero_seen)
		return error_set(err, ERR_MALFORMED, "an entry follows a zero block");
	if (t->head.type == 'x' || t->head.type == 'g' || t->head.type == 'L' ||
	    t->head.type == 'K')
		return begin_meta(t, err);
	memcpy(t->link, t->head.link.p, t->head.link.n);
	t->head.link.p = t->link;
	if (begin_file(t, err) < 0)
		return -1;
	if (t->head.type == 'S') {
		if (add_gnu_runs(t, t->head.gnu_sparse, err) < 0)
			return -1;
		if (t->head.gnu_extended) {
			t->state = AT_GNU_SPARSE_MORE;
			return 0;
		}
	}
	return t->state == AT_SPARSE_MAP ? 0 : announce(t, err);
}

static int on_gnu_sparse_more(struct tar_reader *t, const uint8_t *p, struct error *err)
{
	if (add_gnu_runs(t, bytes_of(p, 21 * 24), err) < 0)
		return -1;
	return p[21 * 24] != 0 ? 0 : announce(t, err);
}

/* A pax 1.0 map: decimal numbers, each behind it a newline: first how many
 * runs, then offset and length of each; the rest of the last block is padding. */
static int map_number_ended(struct tar_reader *t, struct error *err)
{
	uint64_t v = t->map_number;
	t->map_number = 0;
	t->map_in_number = false;
	if (!t->map_counted) {
		if (v > TAR_SPARSE_RUNS_MAX)
			return error_set(err, ERR_LIMIT, "a sparse file of %llu pieces",
					 (unsigned long long)v);
		t->map_counted = true;
		t->map_left = v * 2;
		return 0;
	}
	t->map_left--;
	if (!t->map_pending) {
		t->map_at = v;
		t->map_pending = true;
		return 0;
	}
	t->map_pending = false;
	return sparse_add(&t->map, t->map_at, v, err);
}

static int on_sparse_map(struct tar_reader *t, const uint8_t *p, struct error *err)
{
	if (t->left < TAR_BLOCK_SIZE)
		return error_set(err, ERR_MALFORMED, "a sparse file ends inside its map");
	t->left -= TAR_BLOCK_SIZE;
	t->stored -= TAR_BLOCK_SIZE;
	for (size_t i = 0; i < TAR_BLOCK_SIZE && !(t->map_counted && t->map_left == 0); i++) {
		uint8_t c = p[i];
		if (c >= '0' && c <= '9') {
			t->map_in_number = true;
			if (checked_mul(t->map_number, 10, &t->map_number) ||
			    checked_add(t->map_number, (uint64_t)(c - '0'), &t->map_number))
				return error_set(err, ERR_MALFORMED,
						 "a sparse file's map runs over");
			continue;
		}
		if (c != '\n' || !t->map_in_number)
			return error_set(err, ERR_MALFORMED,
					 "a sparse file's map is no list of numbers");
		if (map_number_ended(t, err) < 0)
			return -1;
	}
	return t->map_counted && t->map_left == 0 ? announce(t, err) : 0;
}

/* --- the machine --------------------------------------------------------------- */

static int on_block(struct tar_reader *t, const uint8_t *p, struct error *err)
{
	switch (t->state) {
	case AT_HEADER:
		return on_header(t, p, err);
	case AT_GNU_SPARSE_MORE:
		return on_gnu_sparse_more(t, p, err);
	default:
		return on_sparse_map(t, p, err);
	}
}

/* One step: consumes a part of *piece. */
static int step(struct tar_reader *t, struct bytes *piece, struct error *err)
{
	bool whole_block = t->state == AT_HEADER || t->state == AT_GNU_SPARSE_MORE ||
			   t->state == AT_SPARSE_MAP;
	size_t n;
	int r = 0;
	if (whole_block && t->block_n == 0 && piece->n >= TAR_BLOCK_SIZE) {
		n = TAR_BLOCK_SIZE;
		r = on_block(t, piece->p, err);
	} else if (whole_block) {
		n = TAR_BLOCK_SIZE - t->block_n < piece->n ? TAR_BLOCK_SIZE - t->block_n : piece->n;
		memcpy(t->block + t->block_n, piece->p, n);
		t->block_n += n;
		if (t->block_n == TAR_BLOCK_SIZE) {
			t->block_n = 0;
			r = on_block(t, t->block, err);
		}
	} else {
		n = t->left < piece->n ? (size_t)t->left : piece->n;
		struct bytes part = bytes_sub(*piece, 0, n);
		if (t->state == AT_CONTENT) {
			r = feed_content(t, part, err);
		} else {
			t->left -= n;
			if (t->state == AT_META && buf_append(&t->meta, part.p, part.n, err) < 0)
				r = -1;
			else if (t->state == AT_META && t->left == 0)
				r = meta_ended(t, err);
			else if (t->state == AT_PADDING && t->left == 0)
				t->state = AT_HEADER;
		}
	}
	if (r < 0)
		return -1;
	t->offset += n;
	*piece = bytes_sub(*piece, n, piece->n);
	return 0;
}

int tar_feed(struct tar_reader *t, struct bytes piece, struct error *err)
{
	while (piece.n > 0) {
		if (t->state == AT_END) {
			t->offset += piece.n;
			return 0;
		}
		if (step(t, &piece, err) < 0)
			return error_wrap(err, "at byte %llu", (unsigned long long)t->offset);
	}
	return 0;
}

int tar_finish(struct tar_reader *t, struct error *err)
{
	bool at_border = t->state == AT_END || (t->state == AT_HEADER && t->block_n == 0) ||
			 t->state == AT_PADDING;
	if (at_border && !t->extended)
		return 0;
	return error_set(err, ERR_TRUNCATED, "the tar stream ends inside an entry, at byte %llu",
			 (unsigned long long)t->offset);
}

uint64_t tar_skippable(const struct tar_reader *t)
{
	if (t->state == AT_PADDING)
		return t->left;
	return t->state == AT_CONTENT && !t->wanted ? t->left : 0;
}

void tar_skipped(struct tar_reader *t, uint64_t n)
{
	t->offset += n;
	t->left -= n;
	if (t->left > 0)
		return;
	if (t->state == AT_CONTENT)
		(void)content_ended(t, NULL);
	else if (t->state == AT_PADDING)
		t->state = AT_HEADER;
}
