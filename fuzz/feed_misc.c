/* Telling formats apart, decompression, KEV, EPSS, NVD, Corten's own tables, and
 * the messages of a worker: the first byte chooses. */
#include "feed.h"

static void messages(struct bytes text)
{
	struct cursor c = cursor_of(text);
	struct msg_reader m;
	while (frame_decode(&c, &m, NULL) > 0) {
		struct vuln_source s;
		struct vuln_fact f;
		struct vuln_detail d;
		struct feed_stats stats;
		struct feed_job job;
		struct msg_reader again[4] = { m, m, m, m };
		if (feed_get_source(&m, &s, NULL) == 0 && feed_check_source(&s) != NULL)
			abort();
		if (feed_get_fact(&again[0], &f, NULL) == 0 && feed_check_fact(&f) != NULL)
			abort();
		if (feed_get_detail(&again[1], &d, NULL) == 0 && feed_check_detail(&d) != NULL)
			abort();
		(void)feed_get_stats(&again[2], &stats, NULL);
		(void)feed_get_job(&again[3], &job, NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const importers[])(struct import *, struct feed_input *) = {
		NULL, import_kev, import_epss, import_nvd, import_facts,
	};
	enum { IMPORTERS = sizeof importers / sizeof *importers };
	if (size == 0)
		return 0;
	struct bytes text = bytes_of(data + 1, size - 1);
	if (data[0] % (IMPORTERS + 1) == IMPORTERS)
		messages(text);
	else
		fuzz_import(importers[data[0] % (IMPORTERS + 1)], text);
	return 0;
}
