/* Checked arithmetic: each returns true when the result did not fit. */
#ifndef CORTEN_BASE_CHECKED_H
#define CORTEN_BASE_CHECKED_H

#define checked_add(a, b, ret) __builtin_add_overflow((a), (b), (ret))
#define checked_sub(a, b, ret) __builtin_sub_overflow((a), (b), (ret))
#define checked_mul(a, b, ret) __builtin_mul_overflow((a), (b), (ret))

#endif
