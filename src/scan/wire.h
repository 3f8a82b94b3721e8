/* What the parent and a worker say to each other in a scan: ipc messages, and
 * nothing else crosses the border. The frames of a layer's result are also the
 * content of its cache file.
 *
 * Jobs are named by the worker's first argument:
 *   layer   the blob's descriptor (fd_send), MSG_LAYER_JOB →; ← changes,
 *           contents, packages, problems, MSG_LAYER_DONE
 *   meta    any number of: MSG_DOC_PART… MSG_DOC_PARSE → ← MSG_DOC_RECORD…
 *           MSG_ANSWER; MSG_LIST_ARCHIVE → ← MSG_MEMBER… MSG_ANSWER (archive on
 *           descriptor 3)
 *   stream  MSG_LAYER_JOB →; descriptor 3 is an archive that cannot seek; ← for
 *           every member MSG_MEMBER, then MSG_DOC_PART… (small files) or a
 *           layer's result; at the end MSG_ANSWER
 *   lint    MSG_LINT (the Dockerfile is descriptor 3) → ← MSG_CHECK… MSG_PROBLEM…
 *           MSG_ANSWER
 * Further descriptors, where given: 5 the temporary file for large files, 6 the compiled
 * rules of secrets, 7 the rules of malware, baseline and build, 8 sums of known files, 9
 * compiled YARA rules, 10 a connection to clamd, 11 the temporary file of archives in
 * layers. */
#ifndef CORTEN_SCAN_WIRE_H
#define CORTEN_SCAN_WIRE_H

#include "apps/apps.h"
#include "base/base.h"
#include "baseline/baseline.h"
#include "check/check.h"
#include "image/document.h"
#include "image/layer.h"
#include "ipc/ipc.h"
#include "pkgdb/osrelease.h"
#include "pkgdb/pkgdb.h"
#include "scan/family.h"
#include "secret/secret.h"

enum {
	WORKER_INPUT_FD = 3,
	WORKER_CHANNEL_FD = 4,
	WORKER_TEMP_FD = 5,
	WORKER_RULES_FD = 6,
	WORKER_CHECKS_FD = 7,
	WORKER_LISTS_FD = 8,
	WORKER_YARA_FD = 9,
	WORKER_CLAMD_FD = 10,
	WORKER_ARCHIVE_FD = 11
};

enum scan_message {
	MSG_LAYER_JOB = 1,
	MSG_DOC_PART,
	MSG_DOC_PARSE,
	MSG_LIST_ARCHIVE,
	MSG_LINT, /* path, enum buildstep_ignore */

	MSG_CHANGE = 32,
	MSG_OS,
	MSG_PACKAGE,
	MSG_PROBLEM,
	MSG_LAYER_DONE,
	MSG_PROGRESS,
	MSG_DOC_RECORD,
	MSG_MEMBER,
	MSG_ANSWER,

	MSG_FILE = 64,
	MSG_APP_PACKAGE,
	MSG_OWNED,
	MSG_SHADOW,
	MSG_SECRET,
	MSG_FILE_SUMS,
	MSG_CHECK,
	MSG_ACCOUNT
};

/* A path to read besides pkgdb_paths, and the one of pkgdb_paths whose content
 * it is: links of the image lead from `role` to `path`. An empty role: only
 * whether it is a link must be known. */
struct extra_path {
	struct bytes path, role;
};

/* What is looked for in a layer: what its result depends on besides its bytes. */
struct layer_work {
	unsigned families; /* FAMILY_… */
	bool locks; /* lock files count as what is installed: a directory of sources */
	const struct extra_path *extras;
	size_t extra_count;
	struct digest rules; /* of all that the families go by; not sent */
};

struct layer_job {
	struct layer_work work;
	bool seekable; /* read with pread from offset, length bytes */
	uint64_t offset, length;
};

/* How a layer (or an answer) ended. */
struct layer_done {
	enum error_code code; /* ERR_NONE: whole */
	const char *text; /* encode */
	struct bytes text_bytes; /* decode */
	struct digest blob, diff_id;
	uint64_t stored, raw, entries;
};

struct archive_member {
	enum tar_type type;
	struct bytes path, link; /* clean */
	uint64_t offset, size;
};

/* What could not be read. content: 0, or a file's, where the problem is none
 * unless that file is visible in the image. */
struct layer_problem {
	uint32_t content;
	enum error_code code;
	struct bytes what, text;
	bool note; /* nothing failed: it is only worth saying */
	uint32_t line; /* of `what`; 0: not told */
};

/* Of a whole file. */
struct file_sums {
	struct digest sha256;
	uint8_t md5[MD5_SIZE];
};

/* Where in a history of git a secret is, if it is in one. */
struct secret_origin {
	bool history;
	struct bytes commit; /* hexadecimal; empty: no commit names the file */
	int64_t time; /* of the commit's author; 0: not told */
	uint32_t order; /* of the commit among all */
};

/* Encoders put a whole message; they cannot fail before channel_put. */
void wire_layer_job(struct msg *m, const struct layer_job *j);
void wire_change(struct msg *m, const struct layer_change *c);
void wire_os(struct msg *m, uint32_t content, const struct os_facts *os);
void wire_package(struct msg *m, uint32_t content, const struct pkg_record *p);
void wire_problem(struct msg *m, const struct layer_problem *p);
void wire_done(struct msg *m, const struct layer_done *d);
void wire_file(struct msg *m, uint32_t content, struct bytes path);
void wire_app_package(struct msg *m, uint32_t content, const struct app_record *r);
/* Hashes of paths (scan/shadow.h), at most WIRE_HASHES_MAX at a time. content: of
 * the list that names them; MSG_SHADOW has none. */
enum { WIRE_HASHES_MAX = 65536 };
void wire_hashes(struct msg *m, enum scan_message type, uint32_t content, const uint64_t *hashes,
		 size_t n);
/* path: of the file, or what else the secret is in: "env:NAME", "history:3". */
/* origin: NULL for a file as it is. */
void wire_secret(struct msg *m, struct bytes path, const struct secret_match *s,
		 const struct secret_origin *origin);
void wire_check(struct msg *m, const struct check_match *c);
/* A line of passwd, shadow, group: what accounts are judged by, without hashes. */
void wire_account(struct msg *m, const struct baseline_fact *f);
/* The last `secrets` secrets and `checks` matches were of one file; its sums. */
void wire_file_sums(struct msg *m, uint32_t secrets, uint32_t checks, const struct file_sums *sums);
void wire_progress(struct msg *m, uint64_t raw);
void wire_doc_record(struct msg *m, const struct doc_record *r);
void wire_member(struct msg *m, const struct archive_member *a);
void wire_answer(struct msg *m, const struct error *err);

/* Decoders check every value: -1 with ERR_PROTOCOL. */
int unwire_layer_job(struct msg_reader *r, struct arena *arena, struct layer_job *ret,
		     struct error *err);
int unwire_change(struct msg_reader *r, struct layer_change *ret, struct error *err);
int unwire_os(struct msg_reader *r, uint32_t *ret_content, struct os_facts *ret, struct error *err);
int unwire_package(struct msg_reader *r, uint32_t *ret_content, struct pkg_record *ret,
		   struct error *err);
int unwire_problem(struct msg_reader *r, struct layer_problem *ret, struct error *err);
int unwire_done(struct msg_reader *r, struct layer_done *ret, struct error *err);
int unwire_file(struct msg_reader *r, uint32_t *ret_content, struct bytes *ret_path,
		struct error *err);
int unwire_app_package(struct msg_reader *r, uint32_t *ret_content, struct app_record *ret,
		       struct error *err);
/* The hashes as they lie in the frame, eight bytes each. */
int unwire_hashes(struct msg_reader *r, uint32_t *ret_content, struct bytes *ret_hashes,
		  struct error *err);
int unwire_secret(struct msg_reader *r, struct bytes *ret_path, struct secret_match *ret,
		  struct secret_origin *ret_origin, struct error *err);
int unwire_check(struct msg_reader *r, struct check_match *ret, struct error *err);
int unwire_account(struct msg_reader *r, struct baseline_fact *ret, struct error *err);
int unwire_file_sums(struct msg_reader *r, uint32_t *ret_secrets, uint32_t *ret_checks,
		     struct file_sums *ret, struct error *err);
int unwire_progress(struct msg_reader *r, uint64_t *ret_raw, struct error *err);
int unwire_doc_record(struct msg_reader *r, struct doc_record *ret, struct error *err);
int unwire_member(struct msg_reader *r, struct archive_member *ret, struct error *err);
/* *ret is what the worker's job ended with (code ERR_NONE: well). */
int unwire_answer(struct msg_reader *r, struct error *ret, struct error *err);

#endif
