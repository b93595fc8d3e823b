// Stands in the bundle for libraries that nothing calls.
module.exports = undefined;
