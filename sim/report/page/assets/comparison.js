// The page of a comparison: its tables.
async function start() {
  startTips();
  const content = await unpacked("data");
  window.tables = new Map(content.listings.map((listing) => {
    const table = new Table(document.getElementById(`table-${listing.key}`), null);
    table.show(listing);
    return [listing.key, table];
  }));
  document.documentElement.dataset.state = "ready";
}

start().catch((error) => {
  const place = document.getElementById("failed");
  place.textContent = `Tables cannot be shown in this browser (${error.message}).`;
  place.hidden = false;
  document.documentElement.dataset.state = "failed";
  console.error(error);
});
