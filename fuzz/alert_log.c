/* An alerts.log that something else wrote: opened, listed, told, written anew. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alert/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Records whose sum is right, too: the sum keeps a fuzzer out. */
static void with_sum(struct bytes json)
{
	struct error err = { 0 };
	struct alert a;
	cleanup_buf struct buf line = buf_max(2 * MIB), out = buf_max(16 * MIB);
	if (buf_printf(&line, &err, "%016llx ",
		       (unsigned long long)hash_bytes(0x636f7274656e, json)) < 0 ||
	    buf_append(&line, json.p, json.n, &err) < 0 || !record_get(buf_view(&line), &a))
		return;
	if (alert_json(&a, &out, &err) < 0 || bytes_index(buf_view(&out), '\n') >= 0)
		abort();
	alert_clear(&a);
}

static void whole_file(const char *folder, const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct alerts *a = NULL;
	char path[64];
	size_t i = 0, n = 0;
	(void)snprintf(path, sizeof path, "%s/alerts.log", folder);
	FILE *f = fopen(path, "w");
	if (f == NULL)
		return;
	(void)fwrite(data, 1, size, f);
	(void)fclose(f);
	if (alerts_open(folder, 8, &a, &err) < 0)
		abort();
	while (alerts_next(a, &i) != NULL)
		n++;
	alerts_close(a);
	if (alerts_open(folder, 8, &a, &err) < 0 || alerts_damaged(a) != 0)
		abort();
	for (i = 0; alerts_next(a, &i) != NULL;)
		n--;
	if (n != 0)
		abort();
	alerts_close(a);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/alerts.log.damaged", folder);
	(void)unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char folder[] = "/tmp/corten-fuzz-XXXXXX";
	with_sum(bytes_of(data, size));
	if (mkdtemp(folder) == NULL)
		return 0;
	whole_file(folder, data, size);
	(void)rmdir(folder);
	return 0;
}
