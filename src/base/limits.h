/* Every limit on hostile input in one place. A limit that is passed ends in
 * ERR_LIMIT with the limit's name, never in silence. */
#ifndef CORTEN_BASE_LIMITS_H
#define CORTEN_BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* image */
#define LIMIT_MANIFEST_BYTES (8 * MIB) /* a manifest, index or config */
#define LIMIT_LAYERS 4096 /* layers of one image */
#define LIMIT_INDEX_ENTRIES 4096 /* manifests of one index */
#define LIMIT_NESTED_INDEXES 4 /* an index in an index in … */
#define LIMIT_DOCUMENT_RECORDS 131072 /* what one document may tell */
#define LIMIT_ARCHIVE_MEMBERS 65536 /* files of an image archive: layers and documents */

/* layers */
#define LIMIT_LAYER_RAW_BYTES (1024 * GIB) /* one layer, decompressed */
#define LIMIT_LAYER_RATIO 2000 /* raw : compressed, past 64 MiB raw */
#define LIMIT_LAYER_ENTRIES 16000000 /* entries of one layer */
#define LIMIT_LAYER_LINKS 200000 /* symbolic links of one layer */
#define LIMIT_CHANGES 262144 /* entries of one image at paths that matter */
#define LIMIT_PATH_BYTES 4096 /* PATH_MAX of Linux; longer names cannot be unpacked */
#define LIMIT_PAX_BYTES (1 * MIB) /* extended headers of one entry */
#define LIMIT_LINK_STEPS 40 /* symlinks followed for one path, as Linux */
#define LIMIT_ZSTD_WINDOW_LOG 27 /* 128 MiB, zstd's own default cap */

/* files that analysers read */
#define LIMIT_FILE_MEMORY (16 * MIB) /* more needs the temporary file */
#define LIMIT_FILE_TEMP (2 * GIB) /* one file in the temporary file */
#define LIMIT_SMALL_FILE (256 * KIB) /* os-release and its like */

/* package databases */
#define LIMIT_PACKAGES 1000000 /* of one image */
#define LIMIT_PKG_FIELD (64 * KIB) /* one field that is kept */
#define LIMIT_RPM_HEADER (64 * MIB) /* one rpm header blob */

/* worker */
#define LIMIT_WORKER_MEMORY (1 * GIB) /* RLIMIT_AS beyond its start */
#define LIMIT_FRAME_BYTES (1 * MIB) /* one message */
#define LIMIT_RESULT_BYTES (512 * MIB) /* what the parent keeps for one scan */

/* secrets */
#define LIMIT_SECRET_RULE_FILE (4 * MIB) /* one file of rules */
#define LIMIT_SECRET_RULES 20000 /* rules of all files */
#define LIMIT_SECRET_BLOB (256 * MIB) /* rules when they are compiled */
#define LIMIT_SECRET_FILE_FINDINGS 100 /* told of one file */
#define LIMIT_SECRET_FINDINGS 10000 /* told by one worker */
#define LIMIT_SECRET_LINE 4096 /* what of a line allow-lists see */
#define LIMIT_CHECK_RULE_FILE (4 * MIB) /* one file of rules of malware, baseline, build */
#define LIMIT_CHECK_RULES 20000 /* rules of all files */
#define LIMIT_CHECK_TEXT (8 * MIB) /* of a file that is looked at whole */
#define LIMIT_DOCKERFILE (1 * MIB) /* a Dockerfile; the history of an image */
#define LIMIT_CHECK_FILE_FINDINGS 100 /* told of one file */
#define LIMIT_CHECK_FINDINGS 10000 /* told by one worker */
#define LIMIT_SCRIPT_LAYERS 64 /* texts in constants of one script, and itself */
#define LIMIT_SCRIPT_DEPTH 5 /* texts in texts in … */
#define LIMIT_SCRIPT_DECODED (8 * MIB) /* of one script's constants */
#define LIMIT_SCRIPT_TRIES 65536 /* of one pattern in one script */
#define LIMIT_ATOMS 200000 /* literals of one search */
#define LIMIT_ATOM_LEAST 2 /* bytes of a literal */
#define LIMIT_ATOM_BYTES 64
#define LIMIT_ATOMS_MEMORY (32 * MIB) /* of one search */
#define LIMIT_SECRET_TRIES 4096 /* of one pattern in one window */
#define LIMIT_MANIFEST_TEXT (1 * MIB) /* of Kubernetes, whose base 64 is decoded */

/* histories of git */
#define LIMIT_GIT_OBJECTS 1000000 /* of one repository */
#define LIMIT_GIT_REPOSITORIES 64 /* of one directory */
#define LIMIT_GIT_HELD (16 * MIB) /* one object in memory: trees, commits, deltas */
#define LIMIT_GIT_CACHE (16 * MIB) /* of objects that others build on */
#define LIMIT_GIT_MADE (128 * GIB) /* what all objects of one repository inflate to */

/* rules of the guard */
#define LIMIT_RULE_FILE (1 * MIB) /* one file of rules */
#define LIMIT_RULES 4096 /* of a node; a rule's number in an event has 16 bits */

/* text formats */
#define LIMIT_JSON_DEPTH 128
#define LIMIT_JSON_STRING (4 * MIB)

#endif
