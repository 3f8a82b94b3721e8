#include "cli/container_pick.h"

#include <stdlib.h>
#include <string.h>

#include "cli/node.h"
#include "format/tree.h"
#include "rule/rule.h"

enum { CONTAINERS_MOST = 4096 };

struct picking {
	const struct cli_args *args;
	struct picked_list *list;
	bool *found; /* which of the arguments */
};

static void text_take(struct bytes b, char *out, size_t n)
{
	(void)snprintf(out, n, "%.*s", (int)bytes_sub(b, 0, n - 1).n, (const char *)b.p);
}

/* By id, the beginning of it, or name. */
static bool is_named(const struct picking *p, const struct picked *c)
{
	enum { PREFIX_LEAST = 4 };
	bool any = false;
	for (size_t i = 0; i < p->args->argument_count; i++) {
		const char *name = p->args->arguments[i];
		size_t n = strlen(name);
		bool is = strcmp(c->c.id, name) == 0 || strcmp(c->c.name, name) == 0 ||
			  (n >= PREFIX_LEAST && strncmp(c->c.id, name, n) == 0);
		p->found[i] = p->found[i] || is;
		any = any || is;
	}
	return any;
}

static struct rule_list list_of(char **glob)
{
	return (struct rule_list){ glob, *glob == NULL ? 0 : 1 };
}

static char *option_text(const struct picking *p, const char *name)
{
	return (char *)(uintptr_t)cli_value(p->args, name);
}

/* As a rule's scope would have it. */
static bool is_selected(const struct picking *p, const struct picked *c)
{
	char *app = option_text(p, "app"), *image = option_text(p, "image"),
	     *space = option_text(p, "namespace");
	struct rule r = { .enabled = true,
			  .scope = { .apps = list_of(&app),
				     .images = list_of(&image),
				     .namespaces = list_of(&space) } };
	struct rule_subject who = { .cluster = "",
				    .namespace = c->space,
				    .pod = "",
				    .app = c->app,
				    .image = c->c.image,
				    .container = c->c.name,
				    .id = c->c.id };
	bool by_scope = app != NULL || image != NULL || space != NULL;
	return is_named(p, c) || cli_has(p->args, "all") || (by_scope && rule_applies(&r, &who));
}

static void picked_free(struct picked *c)
{
	free(c->cgroup);
	free(c->app);
	free(c->space);
}

static char *copy_of(const struct node *line, const char *key)
{
	struct bytes b = node_text(line, key);
	return strndup(b.n == 0 ? "" : (const char *)b.p, b.n);
}

static bool pick_line(void *ctx, struct bytes text, const struct node *line)
{
	struct picking *p = ctx;
	struct picked c = { .cgroup = copy_of(line, "cgroup"),
			    .app = copy_of(line, "app"),
			    .space = copy_of(line, "namespace") };
	struct runtime_container *r = &c.c;
	(void)text;
	text_take(node_text(line, "id"), r->id, sizeof r->id);
	text_take(node_text(line, "name"), r->name, sizeof r->name);
	text_take(node_text(line, "image"), r->image, sizeof r->image);
	text_take(node_text(line, "image_digest"), r->image_id, sizeof r->image_id);
	text_take(BYTES_LIT("running"), r->state, sizeof r->state);
	(void)bytes_to_u64(node_text(line, "pid"), &r->pid);
	if (c.cgroup == NULL || c.app == NULL || c.space == NULL ||
	    p->list->count == CONTAINERS_MOST || !is_selected(p, &c)) {
		picked_free(&c);
		return true;
	}
	p->list->one[p->list->count++] = c;
	return true;
}

static int pick(struct picking *p, struct error *err)
{
	static const char *const words[] = { "containers" };
	if (p->found == NULL || p->list->one == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the list of containers");
	if (node_ask(p->args, words, 1, pick_line, p, err) != 0)
		return -1;
	for (size_t i = 0; i < p->args->argument_count; i++)
		if (!p->found[i])
			return error_set(err, ERR_NOT_FOUND,
					 "the agent knows no container %s; \"corten containers\" "
					 "lists them",
					 p->args->arguments[i]);
	return 0;
}

int containers_pick(const struct cli_args *a, struct picked_list *ret, struct error *err)
{
	*ret = (struct picked_list){ .one = calloc(CONTAINERS_MOST, sizeof *ret->one) };
	struct picking p = { .args = a,
			     .list = ret,
			     .found = calloc(a->argument_count + 1, sizeof *p.found) };
	int r = pick(&p, err);
	free(p.found);
	return r;
}

void picked_list_free(struct picked_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		picked_free(&l->one[i]);
	free(l->one);
	*l = (struct picked_list){ 0 };
}
