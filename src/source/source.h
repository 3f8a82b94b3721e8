/* source: where images come from, as bytes and descriptors. Nothing here
 * understands what it hands on: documents and layers are read in workers. */
#ifndef CORTEN_SOURCE_H
#define CORTEN_SOURCE_H

#include <sys/stat.h>

#include "base/base.h"
#include "image/reference.h"
#include "source/overlay.h"

enum source_kind {
	SOURCE_DOCKER_ARCHIVE,
	SOURCE_OCI_ARCHIVE,
	SOURCE_ARCHIVE, /* a file without prefix: its members tell which */
	SOURCE_STDIN,
	SOURCE_OCI_LAYOUT,
	SOURCE_ROOTFS,
	SOURCE_DIR, /* sources: lock files and manifests say what will be installed */
	SOURCE_REGISTRY,
	SOURCE_DOCKER, /* the daemon, over its socket */
	SOURCE_PODMAN,
	SOURCE_CONTAINERD,
	SOURCE_CRI, /* image found by CRI, content from containerd */
	SOURCE_STORAGE, /* containers-storage: podman's, buildah's, CRI-O's files */
	SOURCE_CONTAINER, /* that runs */
	SOURCE_SBOM, /* a bill of materials: CycloneDX, SPDX, a result of ours */
	SOURCE_KINDS
};

struct source_target {
	enum source_kind kind;
	char location[4096]; /* path, an image's reference, a container's id or name */
	char reference[512]; /* which image of several: tag or name; "" */
};

/* "docker-archive" …; what reports show as target.source. */
const char *source_kind_name(enum source_kind kind);

/* PREFIX:LOCATION[:REFERENCE], "-", a path that exists (told by its content),
 * or an image reference. ERR_USAGE, ERR_NOT_FOUND name what was tried. */
int source_target_parse(const char *text, struct source_target *ret, struct error *err);

/* A blob to read: an open descriptor and where in it. */
struct blob_input {
	int fd; /* owned */
	bool seekable;
	uint64_t offset, length;
	struct stat st; /* of a local file, taken before the first read; st_ino 0: none */
	int64_t seen_ns;
	uint64_t transfer; /* registry: number for fetch_blob_result */
	bool is_transfer;
};

/* Opens for reading below dirfd and fills in; not through links that leave it,
 * and only regular files. */
int source_open_file(int dirfd, const char *path, struct blob_input *ret, struct error *err);

/* --- an OCI image layout (image-layout.md) ------------------------------------ */

struct layout {
	int dirfd;
};
int layout_open(const char *path, struct layout *ret, struct error *err);
void layout_close(struct layout *l);
int layout_open_index(const struct layout *l, struct blob_input *ret, struct error *err);
int layout_open_blob(const struct layout *l, const struct digest *digest, struct blob_input *ret,
		     struct error *err);

/* --- an archive that can seek ---------------------------------------------------- */

struct archive;
/* Takes fd over. */
struct archive *archive_new(int fd, const struct blob_input *whole);
void archive_free(struct archive *a);
/* A member as the worker listed it: path clean; link: target of a hard or
 * symbolic link. ERR_MALFORMED when it lies outside the file. */
int archive_add(struct archive *a, struct bytes path, struct bytes link, bool is_symlink,
		uint64_t offset, uint64_t size, struct error *err);
struct archive_name {
	const char *path; /* clean */
	bool is_link;
};
/* ERR_MALFORMED when a path leads through a link. Sorts the names. */
int archive_check_names(struct archive_name *names, size_t n, struct error *err);
/* To be called when all members are there: ERR_MALFORMED for one whose path leads
 * through a link, because whoever unpacks the archive puts it elsewhere. */
int archive_check(const struct archive *a, struct error *err);
/* Follows links between members. ERR_NOT_FOUND, ERR_MALFORMED for a name that is
 * there twice. The descriptor is a duplicate. */
int archive_open_member(const struct archive *a, const char *path, struct blob_input *ret,
			struct error *err);
bool archive_has(const struct archive *a, const char *path);

/* Reads a small blob whole: ERR_LIMIT over out's cap. */
int source_read_small(struct blob_input *in, struct buf *out, struct error *err);

/* --- a root file system --------------------------------------------------------------- */

/* Walks root below dirfd and writes a tar stream of what `wants` asks for to
 * out_fd: files with their content, and the directories and links that matter
 * for them. Follows no link out of the root (openat2, RESOLVE_IN_ROOT), and does
 * not look into what the kernel makes up (proc, sys, …). Files that vanish or cannot
 * be read are told to `problem`. */
struct rootfs_filter {
	bool (*touches)(void *ctx, struct bytes path); /* walk into, send */
	/* send content; st: of the file, as it was seen last */
	bool (*wants)(void *ctx, struct bytes path, const struct stat *st);
	void (*problem)(void *ctx, const char *path, const struct error *why);
	void *ctx;
	bool one_mount; /* what is mounted over the root file system is left out */
};
/* The location of a target that is a container's root, open as fd; whether it is one. */
void source_container_location(int fd, struct source_target *t);
bool source_is_container_root(const char *location);

int rootfs_write_tar(const char *root, const struct rootfs_filter *filter, int out_fd,
		     struct error *err);

/* The same of the image's files at these paths, under what a container changed: those
 * that are there. Of filter only `problem` is asked. */
int rootfs_write_image_files(const struct overlay *o, const char *const *paths, size_t n,
			     const struct rootfs_filter *filter, int out_fd, struct error *err);

#endif
