-- Opens a file in Neovim with its built-in client on `lint401 lsp`, waits for the diagnostics, applies the first fix of the
-- first one, waits until it is gone, and writes down what a person would have seen.
local server, file, report = vim.env.LINT401, vim.env.LINT401_FILE, vim.env.LINT401_REPORT
local out = {}
local function say(line) table.insert(out, line) end
local function finish(code)
  vim.fn.writefile(out, report)
  vim.cmd(code == 0 and "qall!" or "cquit!")
end
local function wait_for(what, condition)
  if not vim.wait(30000, condition, 50) then
    say("timed out: " .. what)
    finish(1)
  end
end

vim.cmd("edit " .. vim.fn.fnameescape(file))
local buffer = vim.api.nvim_get_current_buf()
local id = vim.lsp.start_client({
  name = "lint401",
  cmd = { server, "lsp" },
  root_dir = vim.fn.fnamemodify(file, ":h"),
})
vim.lsp.buf_attach_client(buffer, id)

local function misspelt()
  return vim.tbl_filter(function(one)
    return one.code == "nginx/basic-off-misspelt"
  end, vim.diagnostic.get(buffer))
end
wait_for("diagnostics", function() return #misspelt() > 0 end)
for _, one in ipairs(misspelt()) do
  say(("%d:%d %s %s"):format(one.lnum + 1, one.col + 1, one.source, one.code))
end

local first = misspelt()[1]
local params = {
  textDocument = vim.lsp.util.make_text_document_params(buffer),
  range = {
    start = { line = first.lnum, character = first.col },
    ["end"] = { line = first.end_lnum, character = first.end_col },
  },
  context = { diagnostics = {}, only = { "quickfix" } },
}
local answers = vim.lsp.buf_request_sync(buffer, "textDocument/codeAction", params, 30000)
local action = answers[id].result[1]
say("action: " .. action.title)
vim.lsp.util.apply_workspace_edit(action.edit, vim.lsp.get_client_by_id(id).offset_encoding)
wait_for("the diagnostic to go", function() return #misspelt() == 0 end)
say("line: " .. vim.api.nvim_buf_get_lines(buffer, first.lnum, first.lnum + 1, true)[1])

local hover = vim.lsp.buf_request_sync(buffer, "textDocument/hover", {
  textDocument = params.textDocument,
  position = { line = first.lnum, character = 8 },
}, 30000)
say("hover: " .. vim.split(hover[id].result.contents.value, "\n")[1])
vim.lsp.stop_client(id)
finish(0)
