// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// Gives memory that was freed back to the system, which the allocator keeps as long as anything behind it is in use.
/// Takes some milliseconds, in which allocations of other threads may wait. Any thread.
void give_back_memory();

}  // namespace cs
