/* passwd(5), shadow(5), group(5), gshadow(5): what judging accounts needs of them. */
#include <crypt.h>
#include <stdlib.h>

#include "baseline/internal.h"

enum { FIELDS_MAX = 9, WORD_MAX = 64, HASH_MAX = 256, TRIES_MAX = 400 };

enum account_file account_file_at(struct bytes path)
{
	static const struct {
		struct bytes path;
		enum account_file file;
	} known[] = { { { (const uint8_t *)"etc/passwd", 10 }, ACCOUNT_PASSWD },
		      { { (const uint8_t *)"etc/shadow", 10 }, ACCOUNT_SHADOW },
		      { { (const uint8_t *)"etc/group", 9 }, ACCOUNT_GROUP },
		      { { (const uint8_t *)"etc/gshadow", 11 }, ACCOUNT_GSHADOW } };
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (bytes_equal(path, known[i].path))
			return known[i].file;
	return ACCOUNT_NONE;
}

struct reading {
	struct bytes path;
	const struct words *passwords;
	unsigned tries; /* of passwords, in this file */
	const struct baseline_sink *sink;
	struct error *err;
};

/* --- passwords ------------------------------------------------------------------------ */

static enum baseline_password kind_of(struct bytes hash)
{
	if (hash.n == 0)
		return PASSWORD_EMPTY;
	if (hash.p[0] == '!' || hash.p[0] == '*')
		return PASSWORD_LOCKED;
	if (hash.n == 1)
		return PASSWORD_ELSEWHERE;
	if (hash.p[0] == '_' || hash.p[0] != '$') /* crypt(5): BSDi's and the old DES */
		return hash.n == 13 || (hash.p[0] == '_' && hash.n == 20) ? PASSWORD_DES
									  : PASSWORD_OTHER;
	if (bytes_starts_with(hash, BYTES_LIT("$1$")))
		return PASSWORD_MD5;
	if (bytes_starts_with(hash, BYTES_LIT("$5$")))
		return PASSWORD_SHA256;
	if (bytes_starts_with(hash, BYTES_LIT("$6$")))
		return PASSWORD_SHA512;
	return hash.n > 4 ? PASSWORD_SLOW : PASSWORD_OTHER;
}

/* Under a key of ours, cut to 64 bits: tells equal ones, and is no hash to look up. */
static uint64_t sum_of(struct bytes hash)
{
	struct digest d;
	struct sha256 *sum = sha256_new();
	uint64_t first;
	if (sum == NULL)
		return 0;
	sha256_update(sum, "corten baseline password", 24);
	sha256_update(sum, hash.p, hash.n);
	sha256_final(sum, &d);
	sha256_free(sum);
	memcpy(&first, d.sha256, sizeof first);
	return first | 1;
}

/* A layer chooses how many rounds a try costs. */
static bool is_cheap(enum baseline_password kind, struct bytes hash)
{
	if (kind != PASSWORD_DES && kind != PASSWORD_MD5 && kind != PASSWORD_SHA256 &&
	    kind != PASSWORD_SHA512)
		return false;
	return hash.n < HASH_MAX && hash.p[0] != '_' &&
	       bytes_find(hash, BYTES_LIT("rounds=")) < 0 && bytes_index(hash, 0) < 0;
}

static bool fits(struct crypt_data *data, const char *hash, struct bytes password)
{
	char word[WORD_MAX];
	if (password.n >= sizeof word || bytes_index(password, 0) >= 0)
		return false;
	memcpy(word, password.p, password.n);
	word[password.n] = '\0';
	const char *made = crypt_r(word, hash, data);
	return made != NULL && strcmp(made, hash) == 0;
}

/* The account's own name, and those that everybody tries. */
static bool is_weak(struct reading *r, enum baseline_password kind, struct bytes name,
		    struct bytes hash)
{
	char text[HASH_MAX];
	bool weak = false;
	if (r->passwords == NULL || r->passwords->n == 0 || !is_cheap(kind, hash) ||
	    r->tries > TRIES_MAX)
		return false;
	struct crypt_data *data = calloc(1, sizeof *data);
	if (data == NULL)
		return false;
	memcpy(text, hash.p, hash.n);
	text[hash.n] = '\0';
	weak = fits(data, text, name);
	for (size_t i = 0; !weak && i < r->passwords->n; i++)
		weak = fits(data, text, r->passwords->list[i]);
	r->tries += (unsigned)r->passwords->n + 1;
	free(data);
	return weak;
}

static int tell(const struct reading *r, const struct baseline_fact *f)
{
	return r->sink->fact(r->sink->ctx, f, r->err);
}

static int tell_password(struct reading *r, struct baseline_fact f, enum baseline_fact_kind kind,
			 struct bytes hash)
{
	f.kind = kind;
	f.password = kind_of(hash);
	bool has_hash = f.password >= PASSWORD_DES;
	f.sum = has_hash ? sum_of(hash) : 0;
	f.weak = has_hash && is_weak(r, f.password, f.name, hash);
	return tell(r, &f);
}

/* --- lines ------------------------------------------------------------------------------ */

struct row {
	struct bytes fields[FIELDS_MAX];
	size_t n;
	uint32_t line;
};

/* As fields of ':', of which empty ones count, too. */
static void split(struct bytes text, struct row *row)
{
	row->n = 0;
	while (row->n < FIELDS_MAX) {
		ptrdiff_t at = bytes_index(text, ':');
		size_t end = at < 0 ? text.n : (size_t)at;
		row->fields[row->n++] = bytes_sub(text, 0, end);
		if (at < 0)
			return;
		text = bytes_sub(text, end + 1, text.n);
	}
}

static uint32_t id_of(struct bytes text)
{
	uint64_t v;
	return bytes_to_u64(text, &v) && v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

static int passwd_row(struct reading *r, const struct row *row, struct baseline_fact f)
{
	if (row->n < 7)
		return 0;
	f.kind = FACT_USER;
	f.uid = id_of(row->fields[2]);
	f.gid = id_of(row->fields[3]);
	f.shell = row->fields[6];
	f.password = kind_of(row->fields[1]);
	if (tell(r, &f) < 0)
		return -1;
	if (f.password == PASSWORD_ELSEWHERE || f.password == PASSWORD_LOCKED)
		return 0;
	return tell_password(r, f, FACT_PASSWORD, row->fields[1]);
}

static int group_row(struct reading *r, const struct row *row, struct baseline_fact f)
{
	if (row->n < 4)
		return 0;
	f.kind = FACT_GROUP;
	f.gid = id_of(row->fields[2]);
	for (size_t i = 0; i < row->fields[3].n; i++)
		f.members += row->fields[3].p[i] == ',';
	f.members += row->fields[3].n > 0;
	if (tell(r, &f) < 0)
		return -1;
	if (kind_of(row->fields[1]) < PASSWORD_DES)
		return 0;
	return tell_password(r, f, FACT_GROUP_PASSWORD, row->fields[1]);
}

static int one_row(struct reading *r, enum account_file file, const struct row *row)
{
	struct baseline_fact f = { .path = r->path,
				   .line = row->line,
				   .uid = UINT32_MAX,
				   .gid = UINT32_MAX,
				   .name = row->fields[0] };
	if (f.name.n > 0 && f.name.p[0] == '+') {
		f.kind = FACT_LEGACY;
		return tell(r, &f);
	}
	if (f.name.n == 0 || f.name.n > 256 || f.name.p[0] == '#' || row->n < 2)
		return 0;
	if (file == ACCOUNT_PASSWD)
		return passwd_row(r, row, f);
	if (file == ACCOUNT_GROUP)
		return group_row(r, row, f);
	if (file == ACCOUNT_SHADOW)
		return tell_password(r, f, FACT_PASSWORD, row->fields[1]);
	if (kind_of(row->fields[1]) < PASSWORD_DES)
		return 0;
	return tell_password(r, f, FACT_GROUP_PASSWORD, row->fields[1]);
}

int account_facts(enum account_file file, struct bytes path, struct bytes text,
		  const struct words *passwords, const struct baseline_sink *sink,
		  struct error *err)
{
	struct reading r = { path, passwords, 0, sink, err };
	struct row row = { 0 };
	struct bytes line;
	while (bytes_next_field(&text, '\n', &line)) {
		if (++row.line > BASELINE_ACCOUNTS_MAX)
			return sink->check.limited(sink->check.ctx, path, "lines of accounts", err);
		line = bytes_trim(line);
		if (line.n == 0 || bytes_index(line, 0) >= 0)
			continue;
		split(line, &row);
		if (one_row(&r, file, &row) < 0)
			return -1;
	}
	return 0;
}
