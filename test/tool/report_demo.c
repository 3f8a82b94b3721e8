/* Writes a sample result in any report format:
 *   report_demo SAMPLE FORMAT [COLUMNS [color] [utf8] [fixed] [critical|high|…] [layer N]]
 * and for measuring: peak memory on standard error with [memory]. */
#include <stdio.h>
#include <stdlib.h>

#include "report/report.h"
#include "report_sample.h"

static bool parse_word(const char *word, struct report_options *o)
{
	enum severity severity;
	if (strcmp(word, "color") == 0)
		o->color = true;
	else if (strcmp(word, "utf8") == 0)
		o->utf8 = true;
	else if (strcmp(word, "fixed") == 0)
		o->only_fixed = true;
	else if (strcmp(word, "layer") == 0)
		o->layer = 1;
	else if (severity_parse(bytes_str(word), &severity))
		o->severities[severity] = true;
	else
		return false;
	return true;
}

static int usage(void)
{
	(void)fprintf(stderr, "usage: report_demo SAMPLE FORMAT [COLUMNS [WORD...]]\nsamples:");
	for (size_t i = 0; report_samples[i] != NULL; i++)
		(void)fprintf(stderr, " %s", report_samples[i]);
	(void)fprintf(stderr, "\nwords: color utf8 fixed layer memory, or a severity\n");
	return 2;
}

/* A line of /proc/self/status in KiB. ru_maxrss would not do: it remembers what
 * the process was before its exec. */
static long status_kib(const char *name)
{
	char line[256];
	long kib = -1;
	cleanup_fclose FILE *f = fopen("/proc/self/status", "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (bytes_starts_with(bytes_str(line), bytes_str(name)))
			kib = strtol(line + strlen(name), NULL, 10);
	}
	return kib;
}

/* From here on the peak counts (proc(5), clear_refs). */
static long start_memory(void)
{
	cleanup_fclose FILE *f = fopen("/proc/self/clear_refs", "w");
	if (f != NULL)
		(void)fputs("5", f);
	return status_kib("VmRSS:");
}

int main(int argc, char **argv)
{
	struct scan_result r;
	enum report_format format;
	struct report_options o = { .layer = LAYER_NONE, .tool_version = "0.1.0" };
	bool memory = false;
	if (argc < 3 || !report_format_parse(bytes_str(argv[2]), &format) ||
	    !report_sample(argv[1], &r))
		return usage();
	if (argc > 3)
		o.columns = (unsigned)strtoul(argv[3], NULL, 10);
	for (int i = 4; i < argc; i++) {
		if (strcmp(argv[i], "memory") == 0)
			memory = true;
		else if (!parse_word(argv[i], &o))
			return usage();
	}
	long before = start_memory();
	struct error err = { 0 };
	int status = report_write(format, &r, &o, stdout, &err);
	if (status < 0)
		(void)fprintf(stderr, "report_demo: %s\n", err.text);
	if (memory)
		(void)fprintf(stderr, "%ld KiB more at the peak\n", status_kib("VmHWM:") - before);
	arena_free(&r.arena);
	return status < 0 ? 1 : 0;
}
