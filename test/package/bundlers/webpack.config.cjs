// The bundler that `WEBPACK_WITH` asks for: with node-loader, with files as assets, or without cochlea in it.
const ways = {
  loader: { module: { rules: [{ test: /\.node$/, loader: 'node-loader' }] } },
  asset: { module: { rules: [{ test: /\.node$/, type: 'asset/resource' }] } },
  externals: { externals: { cochlea: 'commonjs cochlea', 'cochlea/load': 'commonjs cochlea/load' } },
};

module.exports = {
  mode: 'development',
  devtool: false,
  target: 'node',
  entry: './app.mjs',
  output: { path: `${__dirname}/out`, filename: 'app.cjs' },
  ...ways[process.env.WEBPACK_WITH],
};
