#include "sbom/vex_emit.h"

static const char *const names[VEX_STATUSES] = {
	[VEX_NOT_AFFECTED] = "not_affected",
	[VEX_AFFECTED] = "affected",
	[VEX_FIXED] = "fixed",
	[VEX_UNDER_INVESTIGATION] = "under_investigation",
};

const char *vex_status_name(enum vex_status s)
{
	return (unsigned)s < VEX_STATUSES ? names[s] : "affected";
}

/* OpenVEX 0.2 "Status Labels"; CSAF 2.0 section 3.2.3.9; CycloneDX 1.6
 * "analysis.state". */
bool vex_status_parse(struct bytes word, enum vex_status *ret)
{
	static const struct {
		const char *word;
		enum vex_status status;
	} words[] = {
		{ "not_affected", VEX_NOT_AFFECTED },
		{ "affected", VEX_AFFECTED },
		{ "fixed", VEX_FIXED },
		{ "under_investigation", VEX_UNDER_INVESTIGATION },
		{ "known_not_affected", VEX_NOT_AFFECTED },
		{ "known_affected", VEX_AFFECTED },
		{ "first_affected", VEX_AFFECTED },
		{ "last_affected", VEX_AFFECTED },
		{ "first_fixed", VEX_FIXED },
		{ "false_positive", VEX_NOT_AFFECTED },
		{ "exploitable", VEX_AFFECTED },
		{ "resolved", VEX_FIXED },
		{ "resolved_with_pedigree", VEX_FIXED },
		{ "in_triage", VEX_UNDER_INVESTIGATION },
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (is(word, words[i].word)) {
			*ret = words[i].status;
			return true;
		}
	return false;
}

void vex_draft_begin(struct vex_draft *v, struct document *d)
{
	*v = (struct vex_draft){ .d = d };
}

void vex_draft_id(struct vex_draft *v, struct bytes id)
{
	for (const struct vex_id *known = v->ids; known != NULL; known = known->next)
		if (bytes_equal(known->id, id))
			return;
	struct vex_id *n = id.n == 0 ? NULL : arena_alloc(&v->d->arena, sizeof *n);
	if (n == NULL)
		return;
	*n = (struct vex_id){ id, v->ids };
	v->ids = n;
}

static bool is_purl(struct bytes b)
{
	return bytes_starts_with(b, BYTES_LIT("pkg:"));
}

void vex_draft_product(struct vex_draft *v, struct bytes product, struct bytes part)
{
	if (!is_purl(product) || (part.n > 0 && !is_purl(part)))
		return;
	struct vex_product *n = arena_alloc(&v->d->arena, sizeof *n);
	if (n == NULL)
		return;
	*n = (struct vex_product){ product, part, v->next_why, v->products };
	v->products = n;
}

static struct bytes own_or(struct bytes own, struct bytes common)
{
	return own.n > 0 ? own : common;
}

int vex_draft_end(struct vex_draft *v, struct vex_sink *sink, struct error *err)
{
	struct vex_record r = { .status = v->status,
				.time = v->time,
				.number = sink->statements++ };
	bool usable = v->has_status && v->ids != NULL && v->products != NULL;
	sink->unusable += !usable;
	for (const struct vex_id *id = v->ids; usable && id != NULL; id = id->next) {
		r.id = id->id;
		for (const struct vex_product *p = v->products; p != NULL; p = p->next) {
			r.product = p->product;
			r.part = p->part;
			r.justification = own_or(p->why.justification, v->why.justification);
			r.detail = own_or(p->why.detail, v->why.detail);
			if (sink->statement(sink->ctx, &r, err) < 0)
				return -1;
		}
	}
	return 0;
}
