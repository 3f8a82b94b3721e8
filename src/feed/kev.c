/* CISA's catalogue of known exploited vulnerabilities, JSON. */
#include "feed/import.h"

static void read_entry(struct import *im, struct json_reader *r, struct vuln_detail *ret)
{
	struct bytes key, use;
	while (json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("cveID")))
			(void)record_string(im, r, &ret->id);
		else if (bytes_equal(key, BYTES_LIT("dateAdded")))
			(void)record_string(im, r, &ret->kev_added);
		else if (bytes_equal(key, BYTES_LIT("dueDate")))
			(void)record_string(im, r, &ret->kev_due);
		else if (bytes_equal(key, BYTES_LIT("knownRansomwareCampaignUse")))
			ret->kev_ransomware =
				json_get_string(r, &use) && bytes_equal(use, BYTES_LIT("Known"));
		else
			json_skip(r);
	}
}

static void read_entries(struct import *im, struct json_reader *r)
{
	if (!json_enter_array(r))
		return;
	while (!im->failed && json_next_item(r)) {
		struct vuln_detail d = detail_of(BYTES_LIT(""));
		record_begin(im);
		im->stats.records++;
		if (json_enter_object(r))
			read_entry(im, r, &d);
		if (json_failed(r))
			return;
		if (cve_of(d.id).n == 0 || d.kev_added.n == 0)
			import_skip(im, d.id, "an entry without a CVE or the day it was added");
		else
			(void)import_detail(im, &d);
	}
}

static bool announce(struct import *im, struct bytes released)
{
	return import_source(im, BYTES_LIT("cisa-kev"), released);
}

int import_kev(struct import *im, struct feed_input *in)
{
	struct bytes key, released;
	struct json_reader *r = import_json(im, in);
	if (r == NULL)
		return -1;
	(void)json_enter_object(r);
	while (!im->failed && json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("dateReleased"))) {
			if (json_get_string(r, &released))
				(void)announce(im, released);
		} else if (bytes_equal(key, BYTES_LIT("vulnerabilities"))) {
			if (announce(im, BYTES_LIT("")))
				read_entries(im, r);
		} else {
			json_skip(r);
		}
	}
	return import_json_end(im, r);
}
