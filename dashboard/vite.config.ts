import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'
import { compression } from 'vite-plugin-compression2'
import { themeVariables } from './theme-variables.js'

const backend = process.env.VITE_PROXY_TARGET ?? 'http://127.0.0.1:8080'

// What the front door sends too, so that `vite preview` shows what the policy would refuse.
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export default defineConfig({
  plugins: [
    react(),
    themeVariables(),
    compression({ algorithms: ['gzip', 'brotliCompress'], threshold: 1024, exclude: [/\.(png|ico|woff2)$/] }),
  ],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    sourcemap: false,
    // The theme's variables must stand before the components' styles use them, in one file.
    cssCodeSplit: true,
  },
  server: {
    port: 5173,
    proxy: {
      '/api': backend,
      '/config.json': backend,
      '/socket.io': { target: backend, ws: true },
    },
  },
  preview: { headers: { 'Content-Security-Policy': contentSecurityPolicy } },
})
