// The bare loss loop over std::priority_queue, with the calls, the counters and their layout of bench/compiled.py.
#include <cstdint>
#include <queue>
#include <vector>

struct Cell {
    double last_s;
    double busy_server_s;
    std::int64_t n_attempts;
    std::int64_t n_losses;
    std::int32_t n_busy;
};

struct Release {
    double time_s;
    std::int32_t cell_idx;
};

struct Later {
    bool operator()(const Release& a, const Release& b) const { return a.time_s > b.time_s; }
};

static inline void account(Cell& cell, double time_s) {
    cell.busy_server_s += cell.n_busy * (time_s - cell.last_s);
    cell.last_s = time_s;
}

extern "C" void run(std::int64_t n, const double* time_s, const std::int32_t* cell_idx, const double* hold_s,
                    double until_s, std::int32_t n_channels, std::int64_t room, Cell* cells) {
    std::vector<Release> memory;
    memory.reserve(room);
    std::priority_queue<Release, std::vector<Release>, Later> releases(Later(), std::move(memory));
    for (std::int64_t i = 0; i <= n; ++i) {
        const double limit_s = i < n ? time_s[i] : until_s;
        while (!releases.empty() && releases.top().time_s < limit_s) {
            const Release release = releases.top();
            releases.pop();
            Cell& cell = cells[release.cell_idx];
            account(cell, release.time_s);
            cell.n_busy -= 1;
        }
        if (i == n) break;
        Cell& cell = cells[cell_idx[i]];
        cell.n_attempts += 1;
        if (cell.n_busy >= n_channels) {
            cell.n_losses += 1;
            continue;
        }
        account(cell, limit_s);
        cell.n_busy += 1;
        releases.push({limit_s + hold_s[i], cell_idx[i]});
    }
}
