/* CVE ids as numbers: what makes half a million of them small and sortable. */
#include "vuln/vulndb.h"

enum { CVE_DIGITS = 4, CVE_DIGITS_MAX = 9 };

bool vuln_cve_parse(struct bytes text, uint16_t *ret_year, uint32_t *ret_number)
{
	struct bytes prefix = BYTES_LIT("CVE-");
	uint64_t year, number;
	if (!bytes_starts_with(text, prefix) || text.n < prefix.n + 5 || text.p[8] != '-')
		return false;
	struct bytes digits = bytes_sub(text, 9, text.n);
	if (digits.n < CVE_DIGITS || digits.n > CVE_DIGITS_MAX ||
	    (digits.n > CVE_DIGITS && digits.p[0] == '0'))
		return false;
	if (!bytes_to_u64(bytes_sub(text, 4, 8), &year) || year == 0 ||
	    !bytes_to_u64(digits, &number))
		return false;
	*ret_year = (uint16_t)year;
	*ret_number = (uint32_t)number;
	return true;
}
