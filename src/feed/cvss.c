#include "feed/cvss.h"

#include <math.h>

/* A metric and its values: in a table so that the arithmetic below reads like
 * the specification's. */
struct metric {
	const char *name; /* "AV:" */
	const char *values; /* one letter each */
	double weights[4];
};

enum { AV, AC, PR, UI, SCOPE, C, I, A, METRICS };

/* CVSS v3.1 specification, section 7.4, table 16 (v3.0, section 8.4: the same). */
static const struct metric v3[METRICS] = {
	[AV] = { "AV:", "NALP", { 0.85, 0.62, 0.55, 0.2 } },
	[AC] = { "AC:", "LH", { 0.77, 0.44 } },
	[PR] = { "PR:", "NLH", { 0.85, 0.62, 0.27 } },
	[UI] = { "UI:", "NR", { 0.85, 0.62 } },
	[SCOPE] = { "S:", "UC", { 0, 1 } },
	[C] = { "C:", "HLN", { 0.56, 0.22, 0 } },
	[I] = { "I:", "HLN", { 0.56, 0.22, 0 } },
	[A] = { "A:", "HLN", { 0.56, 0.22, 0 } },
};
/* Privileges weigh more when the scope changes. */
static const double v3_privileges_changed[] = { 0.85, 0.68, 0.5 };

enum { V2_AV, V2_AC, V2_AU, V2_C, V2_I, V2_A, V2_METRICS };

/* CVSS v2 complete guide, section 3.2.1. */
static const struct metric v2[V2_METRICS] = {
	[V2_AV] = { "AV:", "LAN", { 0.395, 0.646, 1.0 } },
	[V2_AC] = { "AC:", "HML", { 0.35, 0.61, 0.71 } },
	[V2_AU] = { "Au:", "MSN", { 0.45, 0.56, 0.704 } },
	[V2_C] = { "C:", "NPC", { 0, 0.275, 0.660 } },
	[V2_I] = { "I:", "NPC", { 0, 0.275, 0.660 } },
	[V2_A] = { "A:", "NPC", { 0, 0.275, 0.660 } },
};

/* The chosen value of every metric; false when one is missing, given twice or
 * unknown. Metrics outside the table (temporal, environmental) are passed over. */
static bool choose(struct bytes vector, const struct metric *metrics, size_t count,
		   unsigned *chosen)
{
	unsigned seen = 0;
	struct bytes field;
	while (bytes_next_field(&vector, '/', &field)) {
		for (size_t i = 0; i < count; i++) {
			struct bytes name = bytes_str(metrics[i].name);
			if (!bytes_starts_with(field, name))
				continue;
			if (field.n != name.n + 1 || (seen & 1u << i) != 0)
				return false;
			ptrdiff_t at = bytes_index(bytes_str(metrics[i].values), field.p[name.n]);
			if (at < 0)
				return false;
			chosen[i] = (unsigned)at;
			seen |= 1u << i;
			break;
		}
	}
	return seen == (1u << count) - 1;
}

/* The smallest number of tenths that is not below x. Version 3.1 defines it in
 * integers (appendix A), because floating point rounded 3.0's differently on
 * different machines; 3.0 meant the same. */
static unsigned round_up(double x)
{
	long units = lround(x * 100000);
	return units % 10000 == 0 ? (unsigned)(units / 10000) : (unsigned)(units / 10000 + 1);
}

/* Section 7.1 of v3.1; the impact of a changed scope differs for 3.0 only in
 * the modified (environmental) score. */
static unsigned score_v3(const unsigned *chosen)
{
	double w[METRICS];
	for (size_t i = 0; i < METRICS; i++)
		w[i] = v3[i].weights[chosen[i]];
	bool changed = chosen[SCOPE] == 1;
	if (changed)
		w[PR] = v3_privileges_changed[chosen[PR]];
	double iss = 1 - (1 - w[C]) * (1 - w[I]) * (1 - w[A]);
	double impact = changed ? 7.52 * (iss - 0.029) - 3.25 * pow(iss - 0.02, 15) : 6.42 * iss;
	if (impact <= 0)
		return 0;
	double sum = impact + 8.22 * w[AV] * w[AC] * w[PR] * w[UI];
	if (changed)
		sum *= 1.08;
	return round_up(sum < 10 ? sum : 10);
}

static unsigned score_v2(const unsigned *chosen)
{
	double w[V2_METRICS];
	for (size_t i = 0; i < V2_METRICS; i++)
		w[i] = v2[i].weights[chosen[i]];
	double impact = 10.41 * (1 - (1 - w[V2_C]) * (1 - w[V2_I]) * (1 - w[V2_A]));
	double exploitability = 20 * w[V2_AV] * w[V2_AC] * w[V2_AU];
	double f = impact > 0 ? 1.176 : 0;
	return (unsigned)lround((0.6 * impact + 0.4 * exploitability - 1.5) * f * 10);
}

enum severity cvss_severity(unsigned version, unsigned tenths)
{
	if (version >= 30 && tenths >= 90)
		return SEVERITY_CRITICAL;
	if (tenths >= 70)
		return SEVERITY_HIGH;
	if (tenths >= 40)
		return SEVERITY_MEDIUM;
	return tenths > 0 || version < 30 ? SEVERITY_LOW : SEVERITY_NEGLIGIBLE;
}

bool cvss_parse(struct bytes vector, struct cvss *ret)
{
	unsigned chosen[METRICS] = { 0 };
	struct cvss c = { 0 };
	bool is_30 = bytes_starts_with(vector, BYTES_LIT("CVSS:3.0/"));
	if (is_30 || bytes_starts_with(vector, BYTES_LIT("CVSS:3.1/"))) {
		if (!choose(vector, v3, METRICS, chosen))
			return false;
		c.version = is_30 ? 30 : 31;
		c.tenths = score_v3(chosen);
	} else {
		if (!choose(vector, v2, V2_METRICS, chosen))
			return false;
		c.version = 20;
		c.tenths = score_v2(chosen);
	}
	c.severity = cvss_severity(c.version, c.tenths);
	*ret = c;
	return true;
}
