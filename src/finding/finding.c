/* The words of findings, and the key by which one is known again. */
#include "finding/finding.h"

static const char *const severity_names[SEVERITIES] = {
	[SEVERITY_UNKNOWN] = "unknown", [SEVERITY_NEGLIGIBLE] = "negligible",
	[SEVERITY_LOW] = "low",         [SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high",       [SEVERITY_CRITICAL] = "critical",
};

static const char *const status_names[STATUSES] = {
	[STATUS_FIXED] = "fixed",
	[STATUS_AFFECTED] = "affected",
	[STATUS_WILL_NOT_FIX] = "will-not-fix",
	[STATUS_DEFERRED] = "deferred",
	[STATUS_END_OF_LIFE] = "end-of-life",
	[STATUS_UNIMPORTANT] = "unimportant",
	[STATUS_NOT_AFFECTED] = "not-affected",
};

static const char *const priority_names[PRIORITIES] = {
	[PRIORITY_ASAP] = "asap",
	[PRIORITY_LATER] = "later",
	[PRIORITY_NNTF] = "nntf",
};

/* The index of text among n names, or -1. */
static int name_index(const char *const *names, int n, struct bytes text)
{
	for (int i = 0; i < n; i++) {
		if (bytes_equal(bytes_str(names[i]), text))
			return i;
	}
	return -1;
}

const char *severity_name(enum severity s)
{
	return (unsigned)s < SEVERITIES ? severity_names[s] : "unknown";
}

bool severity_parse(struct bytes text, enum severity *ret)
{
	int i = name_index(severity_names, SEVERITIES, text);
	if (i < 0)
		return false;
	*ret = (enum severity)i;
	return true;
}

const char *finding_status_name(enum finding_status s)
{
	return (unsigned)s < STATUSES ? status_names[s] : "affected";
}

bool finding_status_parse(struct bytes text, enum finding_status *ret)
{
	int i = name_index(status_names, STATUSES, text);
	if (i < 0)
		return false;
	*ret = (enum finding_status)i;
	return true;
}

const char *priority_name(enum priority p)
{
	return (unsigned)p < PRIORITIES ? priority_names[p] : "later";
}

const char *origin_name(enum origin_kind o)
{
	static const char *const names[ORIGINS] = {
		[ORIGIN_IMAGE] = "image", [ORIGIN_CONTAINER] = "container"
	};
	return (unsigned)o < ORIGINS ? names[o] : NULL;
}

int package_compare(const void *a, const void *b)
{
	const struct package *x = a, *y = b;
	int d = strcmp(x->name, y->name);
	if (d == 0)
		d = strcmp(x->version, y->version);
	if (d == 0)
		d = strcmp(x->arch, y->arch);
	return d != 0 ? d : strcmp(x->path, y->path);
}

/* A length in front of each field keeps ("ab","c") and ("a","bc") apart; it is
 * written byte by byte so that the key is the same on every machine. */
static void hash_field(struct sha256 *h, const char *text)
{
	struct bytes b = bytes_str(text);
	uint8_t length[8];
	for (unsigned i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)((uint64_t)b.n >> (8 * i));
	sha256_update(h, length, sizeof(length));
	if (b.n > 0)
		sha256_update(h, b.p, b.n);
}

void finding_fingerprint(struct finding *f)
{
	struct sha256 *h = sha256_new();
	struct digest d;
	hash_field(h, f->family);
	hash_field(h, f->rule);
	hash_field(h, f->package == NULL ? "" : pkg_type_name(f->package->type));
	hash_field(h, f->package == NULL ? "" : f->package->name);
	hash_field(h, f->package == NULL ? f->path : "");
	if (f->key != NULL)
		hash_field(h, f->key);
	sha256_final(h, &d);
	sha256_free(h);
	hex_text(d.sha256, sizeof(d.sha256), f->fingerprint);
}
