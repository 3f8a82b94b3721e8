/* For builds with AddressSanitizer, in programs that lock themselves in: the leak
 * check at the end looks at other threads through /proc, which they may not open,
 * and their empty environment cannot switch it off. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0:abort_on_error=1:allocator_may_return_null=1";
}

/* Undefined behaviour ends the process, too: a line on standard error alone is
 * seen by no test. */
const char *__ubsan_default_options(void)
{
	return "halt_on_error=1:print_stacktrace=1";
}
#else
typedef int sanitizer_is_not_built_in;
#endif
