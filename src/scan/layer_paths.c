#include <stdlib.h>

#include "scan/layer_scan_internal.h"
#include "scan/shadow.h"

static int hashes_init(struct path_hashes *h, struct error *err)
{
	h->list = calloc(WIRE_HASHES_MAX, sizeof *h->list);
	return h->list != NULL ? 0 : error_set(err, ERR_MEMORY, "no memory for a layer's paths");
}

int paths_init(struct layer_paths *p, struct layer_output *out, struct error *err)
{
	*p = (struct layer_paths){ .out = out };
	if (hashes_init(&p->shadow, err) < 0)
		return -1;
	return hashes_init(&p->owned, err);
}

void paths_free(struct layer_paths *p)
{
	free(p->shadow.list);
	free(p->owned.list);
	filelist_free(p->list);
}

static int flush(struct layer_paths *p, struct path_hashes *h, enum scan_message type,
		 struct error *err)
{
	if (h->n == 0)
		return 0;
	wire_hashes(&p->out->msg, type, p->number, h->list, h->n);
	h->n = 0;
	return output_send(p->out, err);
}

static int add(struct layer_paths *p, struct path_hashes *h, enum scan_message type, uint64_t hash,
	       struct error *err)
{
	if (h->told == SHADOW_ENTRIES_MAX)
		return 0;
	h->told++;
	h->list[h->n++] = hash;
	return h->n == WIRE_HASHES_MAX ? flush(p, h, type, err) : 0;
}

int paths_change(struct layer_paths *p, const struct layer_change *c, struct error *err)
{
	return add(p, &p->shadow, MSG_SHADOW, shadow_hash(c), err);
}

/* --- lists of files ------------------------------------------------------------------- */

static int tell_file(struct layer_paths *p, struct error *err)
{
	if (p->number != 0)
		return 0;
	p->number = ++p->out->contents;
	wire_file(&p->out->msg, p->number, buf_view(&p->out->path));
	return output_send(p->out, err);
}

void paths_own(struct layer_paths *p, struct bytes path)
{
	if (p->failed.code != ERR_NONE || tell_file(p, &p->failed) < 0)
		return;
	(void)add(p, &p->owned, MSG_OWNED, owned_hash(path), &p->failed);
}

static void on_owned(void *ctx, struct bytes path)
{
	paths_own(ctx, path);
}

int paths_begin(struct layer_paths *p, struct error *err)
{
	enum filelist_kind kind = filelist_classify(buf_view(&p->out->path));
	p->number = 0;
	if (kind == FILELIST_NONE)
		return 0;
	p->list = filelist_new(kind, on_owned, p);
	return p->list != NULL ? 1 : error_set(err, ERR_MEMORY, "no memory for a list of files");
}

static int settled(struct layer_paths *p, struct error *err)
{
	if (p->failed.code == ERR_NONE)
		return 0;
	*err = p->failed;
	return -1;
}

int paths_feed(struct layer_paths *p, struct bytes piece, struct error *err)
{
	if (p->list == NULL)
		return 0;
	filelist_feed(p->list, piece);
	return settled(p, err);
}

int paths_end(struct layer_paths *p, struct error *err)
{
	if (p->list != NULL)
		filelist_finish(p->list);
	filelist_free(p->list);
	p->list = NULL;
	if (settled(p, err) < 0)
		return -1;
	return flush(p, &p->owned, MSG_OWNED, err);
}

int paths_finish(struct layer_paths *p, struct error *err)
{
	p->number = 0;
	return flush(p, &p->shadow, MSG_SHADOW, err);
}
