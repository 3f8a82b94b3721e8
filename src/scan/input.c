#include "scan/input.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/stream.h"

/* --- archives ----------------------------------------------------------------------- */

static int on_member(void *ctx, const struct archive_member *m, struct error *err)
{
	struct scan_input *in = ctx;
	bool is_link = m->type == TAR_SYMLINK || m->type == TAR_HARDLINK;
	if (m->type != TAR_FILE && !is_link)
		return 0;
	return archive_add(in->archive, m->path, is_link ? m->link : bytes_of(NULL, 0),
			   m->type == TAR_SYMLINK, m->offset, m->size, err);
}

/* A whole archive that is itself compressed cannot be read out of order. */
static bool is_compressed(int fd)
{
	uint8_t head[4] = { 0 };
	ssize_t n = fd_pread_full(fd, head, sizeof head, 0);
	struct bytes b = bytes_of(head, n < 0 ? 0 : (size_t)n);
	return bytes_starts_with(b, BYTES_LIT("\x1f\x8b")) ||
	       bytes_starts_with(b, BYTES_LIT("\x28\xb5\x2f\xfd"));
}

static void tell_archive_kind(struct scan_input *in)
{
	if (in->kind != SOURCE_ARCHIVE && in->kind != SOURCE_STDIN)
		return;
	in->is_both = in->has_manifest && in->has_index;
	if (in->has_manifest || in->has_index)
		in->kind = in->has_manifest ? SOURCE_DOCKER_ARCHIVE : SOURCE_OCI_ARCHIVE;
}

static int open_stream(struct scan_input *in, const struct blob_input *file,
		       const struct input_options *o, struct fact_store *st, struct error *err)
{
	in->streamed = true;
	if (stream_run(in, file, o, st, err) < 0)
		return -1;
	struct blob_name index = { .path = "index.json" }, manifest = { .path = "manifest.json" };
	in->has_index = stream_find(in, index.path) != NULL;
	in->has_manifest = stream_find(in, manifest.path) != NULL;
	tell_archive_kind(in);
	return meta_start(&in->meta, -1, &o->rules, o->deadline_ns, err);
}

static int open_archive(struct scan_input *in, struct blob_input *file,
			const struct input_options *o, struct fact_store *st, struct error *err)
{
	if (is_compressed(file->fd)) {
		int r = open_stream(in, file, o, st, err);
		(void)close(file->fd);
		return r;
	}
	in->archive = archive_new(file->fd, file);
	if (in->archive == NULL) {
		(void)close(file->fd);
		return error_set(err, ERR_MEMORY, "no memory to open the archive");
	}
	if (meta_start(&in->meta, file->fd, &o->rules, o->deadline_ns, err) < 0)
		return -1;
	if (meta_list(&in->meta, on_member, in, err) < 0 || archive_check(in->archive, err) < 0)
		return error_wrap(err, "the archive cannot be read");
	in->has_index = archive_has(in->archive, "index.json");
	in->has_manifest = archive_has(in->archive, "manifest.json");
	tell_archive_kind(in);
	return 0;
}

static int open_stdin(struct scan_input *in, const struct input_options *o, struct fact_store *st,
		      struct error *err)
{
	struct blob_input file = { .fd = STDIN_FILENO };
	if (isatty(STDIN_FILENO))
		return error_set(err, ERR_USAGE,
				 "standard input is a terminal; pipe an archive into it, as in "
				 "`docker save IMAGE | corten scan -`");
	if (fstat(STDIN_FILENO, &file.st) < 0)
		return error_errno(err, "standard input");
	if (S_ISREG(file.st.st_mode) && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0) {
		file.fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		file.seekable = true;
		file.length = (uint64_t)file.st.st_size;
		file.st = (struct stat){ 0 };
		return file.fd < 0 ? error_errno(err, "standard input")
				   : open_archive(in, &file, o, st, err);
	}
	file.st = (struct stat){ 0 };
	return open_stream(in, &file, o, st, err);
}

/* --- runtimes ----------------------------------------------------------------------------- */

/* `docker save` through the daemon's socket, read as from standard input. */
static int open_daemon(struct scan_input *in, const char *name, const struct input_options *o,
		       struct fact_store *st, struct error *err)
{
	struct runtime rt;
	uint64_t transfer;
	struct blob_input file = { .fd = -1 };
	struct input_options patient = *o;
	struct error broken = { 0 };
	patient.timeout_ms = -1; /* the daemon packs before it sends: corten-fetch watches it */
	if (runtime_find(in->kind, &rt, err) < 0 ||
	    runtime_archive_open(in->fetch, &rt, name, &file.fd, &transfer, err) < 0)
		return -1;
	int r = open_stream(in, &file, &patient, st, err);
	(void)close(file.fd);
	/* Why nothing came, or not all, is not what the archive's reader can know. */
	if (fetch_blob_result(in->fetch, transfer, &broken) < 0 &&
	    (r == 0 || broken.code != ERR_CANCELLED)) {
		*err = broken;
		return runtime_archive_missing(in->fetch, &rt, name, err);
	}
	return r;
}

static int open_containerd(struct scan_input *in, const char *name, struct error *err)
{
	struct runtime rt;
	if (runtime_find(in->kind, &rt, err) < 0 ||
	    runtime_image_find(in->fetch, &rt, name, &in->runtime, err) < 0)
		return -1;
	in->name = in->runtime.name;
	return 0;
}

static int open_storage(struct scan_input *in, const char *name, struct error *err)
{
	if (storage_open(in->fetch, name, &in->storage, err) < 0)
		return -1;
	in->name = storage_name(in->storage);
	return 0;
}

static int open_container(struct scan_input *in, struct source_target *t,
			  const struct input_options *o, struct error *err)
{
	const struct known_container *k = o->container;
	if (k != NULL)
		in->container = k->c;
	int r = k != NULL ? runtime_container_known(&k->c, k->cgroup, &in->container_root,
						    &in->overlay, err)
			  : runtime_container_open(in->fetch, t->location, &in->container,
						   &in->container_root, &in->overlay, err);
	if (r < 0)
		return -1;
	in->name = in->container.image;
	source_container_location(in->container_root, t);
	return 0;
}

static int open_runtime(struct scan_input *in, struct source_target *t,
			const struct input_options *o, struct fact_store *st, struct error *err)
{
	bool known = in->kind == SOURCE_CONTAINER && o->container != NULL;
	if (!known && fetch_start(&o->fetch, &in->fetch, err) < 0)
		return -1;
	if (in->kind == SOURCE_CONTAINER)
		return open_container(in, t, o, err);
	if (in->kind == SOURCE_DOCKER || in->kind == SOURCE_PODMAN)
		return open_daemon(in, t->location, o, st, err);
	int r = in->kind == SOURCE_STORAGE ? open_storage(in, t->location, err)
					   : open_containerd(in, t->location, err);
	return r < 0 ? -1 : meta_start(&in->meta, -1, &o->rules, o->deadline_ns, err);
}

bool input_has_root(const struct scan_input *in)
{
	return in->kind == SOURCE_CONTAINERD || in->kind == SOURCE_CRI ||
	       in->kind == SOURCE_STORAGE;
}

bool input_wants_diff_ids(const struct scan_input *in)
{
	return in->storage != NULL;
}

/* --- all kinds ------------------------------------------------------------------------ */

static int open_kind(struct scan_input *in, struct source_target *t, const struct input_options *o,
		     struct fact_store *st, struct error *err)
{
	struct blob_input file;
	switch (t->kind) {
	case SOURCE_STDIN:
		return open_stdin(in, o, st, err);
	case SOURCE_OCI_LAYOUT:
		if (layout_open(t->location, &in->layout, err) < 0)
			return -1;
		return meta_start(&in->meta, -1, &o->rules, o->deadline_ns, err);
	case SOURCE_REGISTRY:
		if (image_reference_parse(t->location, &in->ref, err) < 0 ||
		    fetch_start(&o->fetch, &in->fetch, err) < 0)
			return -1;
		return meta_start(&in->meta, -1, &o->rules, o->deadline_ns, err);
	case SOURCE_ROOTFS:
	case SOURCE_DIR:
		return 0;
	case SOURCE_DOCKER:
	case SOURCE_PODMAN:
	case SOURCE_CONTAINERD:
	case SOURCE_CRI:
	case SOURCE_STORAGE:
	case SOURCE_CONTAINER:
		return open_runtime(in, t, o, st, err);
	default:
		if (source_open_file(AT_FDCWD, t->location, &file, err) < 0)
			return -1;
		return open_archive(in, &file, o, st, err);
	}
}

int input_open(struct scan_input *in, struct source_target *target, const struct input_options *o,
	       struct fact_store *st, struct error *err)
{
	*in = (struct scan_input){ .kind = target->kind,
				   .layout = { .dirfd = -1 },
				   .container_root = -1,
				   .overlay = OVERLAY_NONE };
	map_init(&in->member_by_path);
	return open_kind(in, target, o, st, err);
}

void input_close(struct scan_input *in)
{
	meta_stop(&in->meta);
	layout_close(&in->layout);
	archive_free(in->archive);
	fetch_stop(in->fetch);
	storage_close(in->storage);
	if (in->container_root > 0)
		(void)close(in->container_root);
	overlay_close(&in->overlay);
	for (size_t i = 0; i < in->member_count; i++)
		layer_facts_free(&in->members[i].facts);
	free(in->members);
	map_free(&in->member_by_path);
	*in = (struct scan_input){ .layout = { .dirfd = -1 },
				   .container_root = -1,
				   .overlay = OVERLAY_NONE };
}

/* The path of a blob in an archive with an OCI layout. */
static const char *member_path(const struct blob_name *name, char out[static 128])
{
	if (name->path != NULL)
		return name->path;
	memcpy(out, "blobs/sha256/", sizeof "blobs/sha256/");
	hex_text(name->digest.sha256, SHA256_SIZE, out + strlen(out));
	return out;
}

static int open_local(struct scan_input *in, const struct blob_name *name, struct blob_input *ret,
		      struct error *err)
{
	char path[128];
	if (in->archive != NULL)
		return archive_open_member(in->archive, member_path(name, path), ret, err);
	if (name->path != NULL)
		return layout_open_index(&in->layout, ret, err);
	return layout_open_blob(&in->layout, &name->digest, ret, err);
}

static int read_and_close(struct blob_input *file, struct buf *out, struct error *err)
{
	int r = source_read_small(file, out, err);
	(void)close(file->fd);
	return r;
}

static int read_local(struct scan_input *in, const struct blob_name *name, struct buf *out,
		      struct error *err)
{
	struct blob_input file;
	return open_local(in, name, &file, err) < 0 ? -1 : read_and_close(&file, out, err);
}

static int read_stored(struct scan_input *in, const struct blob_name *name, struct buf *out,
		       struct error *err)
{
	struct blob_input file;
	if (storage_config(in->storage, &name->digest, &file, err) < 0)
		return -1;
	return read_and_close(&file, out, err);
}

int input_root(struct scan_input *in, struct buf *out, struct error *err)
{
	struct blob_input file;
	struct blob_name name = { .digest = in->runtime.digest, .has_digest = true };
	if (in->storage == NULL)
		return input_document(in, &name, out, err);
	return storage_manifest(in->storage, &file, err) < 0 ? -1 : read_and_close(&file, out, err);
}

static int read_streamed(struct scan_input *in, const struct blob_name *name, struct buf *out,
			 struct error *err)
{
	char path[128];
	const struct stream_member *m = stream_find(in, member_path(name, path));
	if (m != NULL && m->repeated)
		return error_set(err, ERR_MALFORMED,
				 "the archive has %s twice, and readers differ in which they take",
				 m->path);
	if (m == NULL || m->document.p == NULL)
		return error_set(err, ERR_NOT_FOUND, "the archive has no %s",
				 member_path(name, path));
	out->n = 0;
	return buf_append(out, m->document.p, m->document.n, err);
}

static int check_document(const struct blob_name *name, const struct buf *doc, struct error *err)
{
	struct digest sum;
	char wanted[DIGEST_TEXT];
	if (!name->has_digest)
		return 0;
	sha256_of(buf_view(doc), &sum);
	digest_text(&name->digest, wanted);
	if (!digest_equal(&sum, &name->digest))
		return error_set(err, ERR_DIGEST, "%s has other content than its digest says",
				 wanted);
	if (name->size != 0 && name->size != doc->n)
		return error_set(err, ERR_MALFORMED, "%s has %zu bytes, its descriptor says %llu",
				 wanted, doc->n, (unsigned long long)name->size);
	return 0;
}

int input_document(struct scan_input *in, const struct blob_name *name, struct buf *out,
		   struct error *err)
{
	int r;
	if (in->streamed)
		r = read_streamed(in, name, out, err);
	else if (in->storage != NULL)
		r = read_stored(in, name, out, err);
	else if (input_has_root(in))
		r = runtime_blob(in->fetch, &in->runtime, &name->digest, out->max, out, err);
	else if (in->fetch != NULL)
		r = fetch_blob(in->fetch, &in->ref, &name->digest, out->max, out, err);
	else
		r = read_local(in, name, out, err);
	return r < 0 ? -1 : check_document(name, out, err);
}

int input_layer(struct scan_input *in, const struct blob_name *name, struct blob_input *ret,
		struct error *err)
{
	if (in->fetch == NULL)
		return open_local(in, name, ret, err);
	struct blob_input blob = { .is_transfer = true };
	uint64_t size = name->size == 0 ? UINT64_MAX : name->size;
	int r;
	if (in->storage != NULL)
		r = storage_layer_open(in->storage, in->fetch, &name->digest, &blob.fd,
				       &blob.transfer, err);
	else if (input_has_root(in))
		r = runtime_blob_open(in->fetch, &in->runtime, &name->digest, size, &blob.fd,
				      &blob.transfer, err);
	else
		r = fetch_blob_open(in->fetch, &in->ref, &name->digest, name->size, &blob.fd,
				    &blob.transfer, err);
	if (r < 0)
		return -1;
	*ret = blob;
	return 0;
}

const struct layer_facts *input_streamed(struct scan_input *in, const struct blob_name *name)
{
	char path[128];
	if (!in->streamed)
		return NULL;
	struct stream_member *m = stream_find(in, member_path(name, path));
	return m == NULL || !m->is_layer || m->repeated ? NULL : &m->facts;
}
