#include "scan/findings.h"

void layers_note_paths(struct shadow_index *x, const struct layer_facts *const *layers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (layers[i] != NULL)
			shadow_note(x, layers[i]->shadow.hashes, layers[i]->shadow.n, (uint32_t)i);
}

enum priority finding_priority(enum severity s)
{
	if (s >= SEVERITY_HIGH)
		return PRIORITY_ASAP;
	return s == SEVERITY_MEDIUM ? PRIORITY_LATER : PRIORITY_NNTF;
}

int finding_fill_sums(struct fact_store *st, const struct file_sums *sums, struct finding *f)
{
	char sha256[DIGEST_TEXT], md5[2 * MD5_SIZE + 1];
	if (sums == NULL)
		return 0;
	digest_text(&sums->sha256, sha256);
	hex_text(sums->md5, MD5_SIZE, md5);
	f->file_sha256 = intern_bytes(&st->strings, bytes_str(sha256));
	f->file_md5 = arena_printf(&st->arena, "md5:%s", md5);
	return f->file_sha256 == NULL || f->file_md5 == NULL ? -1 : 0;
}
