/* environment.yml of conda: "dependencies" are match specifications, and under "pip"
 * requirements. Only exact ones tell what ought to be installed: NAME=VERSION=BUILD
 * and NAME==VERSION; NAME=1.2 stands for all 1.2.* (conda's MatchSpec). */
#include "apps/internal.h"

struct environment {
	struct app_text *t;
	unsigned loose;
	uint32_t first_loose;
};

static void loose(struct environment *e, uint32_t line)
{
	if (e->loose++ == 0)
		e->first_loose = line;
}

/* "channel::name=version=build" */
static bool exact_spec(struct bytes text, struct bytes *ret_name, struct bytes *ret_version)
{
	struct bytes build;
	ptrdiff_t channel = app_find(text, BYTES_LIT("::"));
	if (channel >= 0)
		text = bytes_sub(text, (size_t)channel + 2, text.n);
	if (!app_cut(bytes_trim(text), '=', ret_name, ret_version))
		return false;
	*ret_name = bytes_trim(*ret_name);
	bool exact = ret_version->n > 0 && ret_version->p[0] == '=';
	if (exact)
		*ret_version = bytes_sub(*ret_version, 1, ret_version->n);
	exact = app_cut(*ret_version, '=', ret_version, &build) || exact;
	*ret_version = bytes_trim(*ret_version);
	for (size_t i = 0; i < ret_version->n; i++)
		if (memchr("*,|<>!~", ret_version->p[i], 7) != NULL)
			return false;
	return exact && ret_version->n > 0;
}

static int add_conda(struct environment *e, const struct node *n, struct error *err)
{
	struct app_record r = { .type = PKG_CONDA, .line = n->line, .direct = true };
	if (n->kind != NODE_STRING)
		return 0;
	if (exact_spec(n->text, &r.name, &r.version))
		return app_add(e->t, &r, err);
	loose(e, n->line);
	return 0;
}

static int add_pip(struct environment *e, const struct node *list, struct error *err)
{
	if (list == NULL || list->kind != NODE_LIST)
		return 0;
	for (const struct node *n = list->first; n != NULL; n = n->next) {
		struct app_record r = { .type = PKG_PYPI, .line = n->line, .direct = true };
		enum app_pin pin = app_requirement(n->text, &r.name, &r.version);
		if (pin == APP_PIN_LOOSE)
			loose(e, n->line);
		if (pin == APP_PIN_EXACT && app_add(e->t, &r, err) < 0)
			return -1;
	}
	return 0;
}

int app_read_conda_environment(struct app_text *t, struct error *err)
{
	struct environment e = { .t = t };
	const struct node *root, *list;
	if (yaml_parse(t->text, &t->arena, &root, NULL, err) < 0)
		return -1;
	list = node_get(root, "dependencies");
	if (list == NULL || list->kind != NODE_LIST)
		return 0; /* other programs have an environment.yml, too */
	for (const struct node *n = list->first; n != NULL; n = n->next)
		if (add_conda(&e, n, err) < 0 || add_pip(&e, node_get(n, "pip"), err) < 0)
			return -1;
	if (e.loose > 0)
		app_note(t, e.first_loose,
			 "not pinned to one version, and so not checked: %u dependenc%s, the "
			 "first on this line",
			 e.loose, e.loose == 1 ? "y" : "ies");
	return 0;
}
