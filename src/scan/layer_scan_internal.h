/* The parts of one layer's reading: each looks at the file at hand for its own
 * purpose, while its bytes stream by. What goes wrong with a file is told as the
 * file's problem and ends only that part's reading of it; -1 ends the job. */
#ifndef CORTEN_SCAN_LAYER_SCAN_INTERNAL_H
#define CORTEN_SCAN_LAYER_SCAN_INTERNAL_H

#include "baseline/baseline.h"
#include "git/git.h"
#include "malware/malware.h"
#include "pkgdb/filelist.h"
#include "scan/held_file.h"
#include "scan/wire.h"
#include "secret/secret.h"

/* Messages to the parent, and what the parts share. */
struct layer_output {
	struct channel *channel;
	struct msg msg;
	uint32_t contents; /* numbers given so far */
	struct buf path; /* of the file at hand */
	struct held_file held; /* … and its bytes, for the one part that wants them */
};

int output_send(struct layer_output *o, struct error *err);
/* A problem of the file at hand; content 0: whatever becomes of the file. */
int output_problem(struct layer_output *o, uint32_t content, const struct error *why,
		   struct error *err);

/* Something of the file at hand that is worth saying, although nothing failed. */
int output_note(struct layer_output *o, uint32_t content, uint32_t line, const char *text,
		struct error *err);

/* Records that a parser left out: told once a file. */
struct left_out {
	uint64_t n;
	char first[160];
};
void left_out_add(struct left_out *l, const char *why);
/* What is to be told of them; false: nothing. */
bool left_out_tell(const struct left_out *l, struct error *ret);

/* --- layer_db.c: package databases and release files ------------------------------- */

struct layer_paths;

struct db_file {
	struct layer_paths *paths; /* takes what rpm packages brought; NULL: not wanted */
	uint32_t number; /* of its content; 0: none at hand */
	enum pkgdb_kind kind;
	struct buf role; /* the path that tells how to read it */
	struct pkg_text_parser *text;
	uint64_t size;
	struct left_out left_out;
	bool failed; /* a problem was told; the rest is ignored */
	struct layer_output *out;
};

void db_init(struct db_file *f, struct layer_output *out);
void db_free(struct db_file *f);
/* 1 when the file at hand is to be read, and *ret_number is its content's. */
int db_begin(struct db_file *f, struct bytes role, uint64_t size, uint32_t *ret_number,
	     struct error *err);
/* After its change was told. 1: its bytes are wanted. */
int db_check(struct db_file *f, struct error *err);
int db_feed(struct db_file *f, struct bytes piece, struct error *err);
int db_end(struct db_file *f, struct error *err);

/* --- layer_apps.c: application packages --------------------------------------------- */

struct app_file {
	enum app_kind kind; /* APP_NONE: none at hand */
	uint32_t number; /* 0: nothing was told of it */
	bool judged; /* its first bytes fit */
	struct left_out left_out;
	unsigned notes; /* told of this file */
	struct error failed; /* of the channel, met inside a parser */
	struct layer_output *out;
};

/* true: its bytes are wanted. */
bool app_begin(struct app_file *f, uint32_t mode, uint64_t size, bool locks);
int app_feed(struct app_file *f, struct bytes piece, struct error *err);
int app_end(struct app_file *f, struct error *err);

/* --- layer_sums.c ------------------------------------------------------------------- */

/* The sums of a file with findings are told behind these. Whether it has any shows when
 * its first bytes have gone by: so many are kept. A file whose first finding comes later
 * has no sums. */
enum { SUMS_KEPT_MAX = 4 * 1024 * 1024 };

struct sums {
	uint32_t secrets, checks; /* told of the file at hand */
	enum { SUMS_KEEP, SUMS_RUN, SUMS_NONE } state;
	struct buf kept;
	struct sha256 *sha256;
	struct md5 *md5;
	struct layer_output *out;
};

void sums_init(struct sums *s, struct layer_output *out);
void sums_free(struct sums *s);
void sums_begin(struct sums *s);
/* After the parts have seen the piece; is_open: one of them may still find something. */
void sums_feed(struct sums *s, struct bytes piece, bool is_open);
/* Tells them, where something was found. */
int sums_end(struct sums *s, struct error *err);

/* --- layer_malware.c ------------------------------------------------------------------ */

struct malware_file {
	struct malware_engine *engine; /* NULL: malware is not looked for */
	bool active;
	struct sums *sums;
	struct layer_output *out;
};

void malware_file_init(struct malware_file *f, struct malware_engine *engine, struct sums *sums,
		       struct layer_output *out);
/* true: its bytes are wanted. */
bool malware_file_begin(struct malware_file *f, uint64_t size, uint32_t mode, struct error *err);
int malware_file_feed(struct malware_file *f, struct bytes piece, struct error *err);
int malware_file_end(struct malware_file *f, struct error *err);

/* --- layer_build.c -------------------------------------------------------------------- */

struct build_file {
	struct buildstep_engine *engine; /* NULL: Dockerfiles are not looked at */
	bool active;
	struct buf text;
	struct sums *sums;
	struct layer_output *out;
};

void build_file_init(struct build_file *f, struct buildstep_engine *engine, struct sums *sums,
		     struct layer_output *out);
void build_file_free(struct build_file *f);
/* true: its bytes are wanted. */
bool build_file_begin(struct build_file *f, uint64_t size);
int build_file_feed(struct build_file *f, struct bytes piece, struct error *err);
int build_file_end(struct build_file *f, struct error *err);

/* --- layer_baseline.c ------------------------------------------------------------------ */

struct baseline_file {
	struct baseline_engine *engine; /* NULL: not looked for */
	bool active, is_file;
	uint32_t told; /* of the entry at hand */
	struct sums *sums;
	struct layer_output *out;
};

/* Of files, folders and devices. 1: its bytes are wanted. */
int baseline_file_begin(struct baseline_file *f, const struct tar_entry *e, enum change_kind kind,
			struct error *err);
int baseline_file_feed(struct baseline_file *f, struct bytes piece, struct error *err);
int baseline_file_end(struct baseline_file *f, struct error *err);

/* --- layer_secret.c --------------------------------------------------------------- */

/* A manifest of Kubernetes keeps its secrets in base 64: it is held to be looked through
 * once more. */
struct manifest {
	bool active;
	struct buf text;
};

struct secret_file {
	struct secret_engine *engine; /* NULL: secrets are not looked for */
	bool active;
	struct sums *sums; /* of the file at hand */
	struct manifest manifest;
	uint32_t line; /* what is looked through stands for this one; 0: for itself */
	const struct secret_origin *origin; /* NULL: a file as it is */
	struct layer_output *out;
};

void secret_file_init(struct secret_file *f, struct secret_engine *engine, struct sums *sums,
		      struct layer_output *out);
void secret_file_free(struct secret_file *f);

/* true: its bytes are wanted. */
bool secret_file_begin(struct secret_file *f, uint64_t size, struct error *err);
/* Something may still be found in the file at hand. */
bool secret_file_is_open(const struct secret_file *f);
int secret_file_feed(struct secret_file *f, struct bytes piece, struct error *err);
int secret_file_end(struct secret_file *f, struct error *err);

/* A text in the file at hand, decoded: what is found in it is told at `line`. */
int secret_file_text(struct secret_file *f, uint32_t line, struct bytes text, struct error *err);

/* --- layer_manifest.c ---------------------------------------------------------------- */

/* What in a file of this name and size may be a manifest is kept. */
void manifest_begin(struct manifest *m, struct bytes path, uint64_t size);
int manifest_feed(struct manifest *m, struct bytes piece, struct error *err);
int manifest_end(struct manifest *m, struct secret_file *f, struct error *err);

/* --- layer_git.c ------------------------------------------------------------------------ */

struct git_repository {
	char *folder;
	struct git_file *files; /* kept in out->held */
	size_t file_count, file_cap;
	struct buf config;
	bool shallow, partial;
};

/* Histories: their files are kept as they come by, and read at the layer's end. */
struct git_files {
	bool wanted;
	struct git_repository *list;
	size_t count;
	enum git_file_kind kind; /* of the file at hand; GIT_FILE_NONE: none */
	struct git_repository *repository; /* its own */
	struct buf pointer;
	unsigned lost; /* files that could not be kept */
	struct secret_file *secret;
	struct secret_origin origin; /* of the blob at hand */
	char commit[2 * GIT_SHA256 + 1]; /* its */
	struct layer_output *out;
	int (*working)(void *ctx, uint64_t bytes, struct error *err); /* a sign of life */
	void *working_ctx;
};

void git_files_free(struct git_files *f);
/* 1: its bytes are wanted; *ret_alone: by no other part. */
int git_files_begin(struct git_files *f, bool *ret_alone, struct error *err);
int git_files_feed(struct git_files *f, struct bytes piece, struct error *err);
int git_files_end(struct git_files *f, struct error *err);
/* Reads all histories, and looks for secrets in them. */
int git_files_finish(struct git_files *f, struct error *err);

/* --- layer_paths.c: which paths a layer has, and which its packages brought ------------ */

struct path_hashes {
	uint64_t *list; /* of WIRE_HASHES_MAX */
	size_t n;
	uint64_t told;
};

struct layer_paths {
	struct path_hashes shadow, owned;
	struct filelist *list; /* at hand */
	uint32_t number; /* of its content; 0: not told yet */
	struct error failed; /* of the channel, met inside a parser */
	struct layer_output *out;
};

int paths_init(struct layer_paths *p, struct layer_output *out, struct error *err);
void paths_free(struct layer_paths *p);
int paths_change(struct layer_paths *p, const struct layer_change *c, struct error *err);
/* 1: its bytes are wanted. */
int paths_begin(struct layer_paths *p, struct error *err);
int paths_feed(struct layer_paths *p, struct bytes piece, struct error *err);
int paths_end(struct layer_paths *p, struct error *err);
/* A file that a package of the database at hand brought. */
void paths_own(struct layer_paths *p, struct bytes path);
/* What is left to tell at the layer's end. */
int paths_finish(struct layer_paths *p, struct error *err);

#endif
