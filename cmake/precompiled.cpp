// SPDX-License-Identifier: MIT
// Nothing: the target of the precompiled header needs a source.
