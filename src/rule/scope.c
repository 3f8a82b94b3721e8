/* Whom a rule is about. */
#include "rule/internal.h"

bool list_match(const struct rule_list *l, const char *text, bool path)
{
	for (size_t i = 0; i < l->count; i++)
		if (rule_glob(l->value[i], text, path))
			return true;
	return false;
}

static bool list_holds(const struct rule_list *l, const char *text)
{
	return l->count == 0 || list_match(l, text == NULL ? "" : text, false);
}

/* The part of an image's name that people write: without Docker Hub in front,
 * without tag and digest behind (OCI distribution-spec 1.1, names; the tag is
 * behind the last ':' that has no '/' behind it). */
static const char *without_hub(const char *image)
{
	static const char library[] = "docker.io/library/", hub[] = "docker.io/";
	if (strncmp(image, library, sizeof library - 1) == 0)
		return image + sizeof library - 1;
	return strncmp(image, hub, sizeof hub - 1) == 0 ? image + sizeof hub - 1 : image;
}

static void without_tag(const char *image, char out[static RULE_TEXT_MOST])
{
	size_t n = strcspn(image, "@");
	const char *slash = memrchr(image, '/', n);
	const char *name = slash == NULL ? image : slash + 1;
	const char *colon = memchr(name, ':', n - (size_t)(name - image));
	if (colon != NULL)
		n = (size_t)(colon - image);
	if (n >= RULE_TEXT_MOST)
		n = RULE_TEXT_MOST - 1;
	memcpy(out, image, n);
	out[n] = '\0';
}

/* "nginx" is docker.io/library/nginx:1.25, too. */
static bool image_match(const struct rule_list *l, const char *image)
{
	char bare[RULE_TEXT_MOST];
	if (image == NULL)
		image = "";
	if (list_match(l, image, false) || list_match(l, without_hub(image), false))
		return true;
	without_tag(image, bare);
	return list_match(l, bare, false) || list_match(l, without_hub(bare), false);
}

static bool label_match(const char *glob, const struct rule_subject *who)
{
	size_t key = strcspn(glob, "=");
	for (size_t i = 0; who->labels != NULL && who->labels[i] != NULL; i++) {
		const char *label = who->labels[i];
		if (strncmp(label, glob, key + 1) == 0 &&
		    rule_glob(glob + key + 1, label + key + 1, false))
			return true;
	}
	return false;
}

/* Labels must all be there; of a list any word. */
static bool labels_hold(const struct rule_list *l, const struct rule_subject *who)
{
	for (size_t i = 0; i < l->count; i++)
		if (!label_match(l->value[i], who))
			return false;
	return true;
}

bool exception_ended(const struct rule_exceptions *e)
{
	int64_t day = 0;
	return e->until != NULL && rfc3339_parse(bytes_str(e->until), &day) &&
	       clock_now() >= day + 86400; /* that day is its last */
}

const char *scope_misses(const struct rule *r, const struct rule_subject *who)
{
	const struct rule_scope *s = &r->scope;
	bool host = (who->flags & CONTAINER_HOST) != 0;
	if (s->host != host)
		return s->host ? "it is for the node's own processes" : "it is for containers";
	if (!list_holds(&s->clusters, who->cluster))
		return "the cluster is another";
	if (!list_holds(&s->namespaces, who->namespace))
		return "the namespace is another";
	if (!list_holds(&s->apps, who->app))
		return "the app is another";
	if (s->images.count > 0 && !image_match(&s->images, who->image))
		return "the image is another";
	if (!list_holds(&s->containers, who->container) && !list_holds(&s->containers, who->id))
		return "the container's name is another";
	if (!labels_hold(&s->labels, who))
		return "a label is missing or has another value";
	if (r->exceptions.images.count > 0 && image_match(&r->exceptions.images, who->image) &&
	    !exception_ended(&r->exceptions))
		return "the image is excepted";
	return NULL;
}

bool rule_applies(const struct rule *r, const struct rule_subject *who)
{
	return r->enabled && scope_misses(r, who) == NULL;
}

bool rule_exceptions_hold(const struct rule *r)
{
	return !exception_ended(&r->exceptions);
}

bool rule_path_excepted(const struct rule *r, const char *path)
{
	return rule_exceptions_hold(r) && list_match(&r->exceptions.paths, path, true);
}
