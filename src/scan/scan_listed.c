/* Whether the image is on the list of malicious images: by its digests and layers, as the
 * plan has them, before a layer is read. */
#include <stdlib.h>

#include "malware/images.h"
#include "scan/scan_internal.h"

static bool find(const struct scan *s, struct malicious_image *ret)
{
	const struct image_plan *p = &s->plan;
	cleanup_free struct digest *diff_ids = calloc(p->layer_count + 1, sizeof *diff_ids);
	for (size_t i = 0; diff_ids != NULL && i < p->layer_count; i++)
		diff_ids[i] = p->layers[i].diff_id; /* zero: not told, and on no list */
	return malicious_images_check(s->o->malicious_images, p->has_digest ? &p->digest : NULL,
				      p->has_image_id ? &p->image_id : NULL, diff_ids,
				      diff_ids == NULL ? 0 : p->layer_count, ret);
}

static int tell(struct scan *s, const struct malicious_image *m, size_t rule, struct error *err)
{
	cleanup_buf struct buf text = buf_max(CHECK_EVIDENCE_MAX + LIMIT_PATH_BYTES);
	struct image_plan *p = &s->plan;
	struct plan_check *list = arena_array(&s->st.arena, p->check_count + 1, sizeof *p->checks);
	if (list == NULL || malicious_image_text(m, &text, err) < 0)
		return error_set(err, ERR_MEMORY, "no memory to tell of a malicious image");
	if (p->check_count > 0)
		memcpy(list, p->checks, p->check_count * sizeof *list);
	const char *evidence = intern_bytes(&s->st.strings, buf_view(&text));
	if (evidence == NULL)
		return error_set(err, ERR_MEMORY, "no memory to tell of a malicious image");
	bool has_layer = bytes_starts_with(m->kind, BYTES_LIT("layer"));
	list[p->check_count++] = (struct plan_check){
		.fact = { .path = "image",
			  .evidence = evidence,
			  .fix = "",
			  .key = "",
			  .rule = (uint32_t)rule },
		.layer = has_layer ? (uint32_t)m->layer : LAYER_NONE,
	};
	p->checks = list;
	return 0;
}

bool scan_listed(struct scan *s)
{
	struct error err = { 0 };
	struct malicious_image m;
	size_t rule;
	if (s->o->malicious_images == NULL || s->o->check_rules == NULL || scan_is_tree(s))
		return false;
	if (!find(s, &m) || !malicious_image_rule(s->o->check_rules, m.level, &rule))
		return false;
	if (tell(s, &m, rule, &err) == 0)
		return true;
	scan_incomplete_error(s, "list of malicious images", &err);
	return false;
}
