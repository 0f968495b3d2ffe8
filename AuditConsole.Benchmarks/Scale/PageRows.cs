using Microsoft.Playwright;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>The page in Chromium, on the same machine: from the click on Apply until the rows are painted, bytes, and memory of open consoles.</summary>
internal static class PageRows
{
    private const int Consoles = 100;
    private const int FirstConsoles = 10;

    // A frame behind the one in which the rows came, the browser has painted them.
    private const string Apply =
        """
        () => new Promise(done => {
            const status = () => document.querySelector('.foot [role=status]').textContent;
            const before = status(), start = performance.now();
            const observer = new MutationObserver(() => {
                if (status() !== before && /^(Entries|No entries)/.test(status())) {
                    observer.disconnect();
                    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
                }
            });
            observer.observe(document.querySelector('main') ?? document.body, { subtree: true, childList: true, characterData: true, attributes: true });
            document.querySelector('form[data-filters] button[type=submit]').click();
        })
        """;

    public static async Task RunAsync(ServiceProcess service)
    {
        var browser = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }, Path.Combine).FirstOrDefault(File.Exists);
        if (browser is null)
        {
            Console.WriteLine("Chromium is not on PATH: the page isn't measured.");
            return;
        }
        using var playwright = await Playwright.CreateAsync();
        await using var chromium = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = browser, Args = ["--no-sandbox", "--disable-gpu"] });
        var context = await chromium.NewContextAsync(new() { BaseURL = service.Address.ToString() });
        await SignInAsync(context);
        await ApplyAsync(context, service);
        await OpenConsolesAsync(context, service);
    }

    private static async Task SignInAsync(IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync("/sign-in");
        await page.GetByLabel("Email").FillAsync(ServiceProcess.Email);
        await page.GetByLabel("Password").FillAsync(ServiceProcess.Password);
        await page.Locator("button[type=submit]").First.ClickAsync();
        await ShownAsync(page);
        await page.CloseAsync();
    }

    private static async Task ApplyAsync(IBrowserContext context, ServiceProcess service)
    {
        const int warm = 10;
        var page = await context.NewPageAsync();
        await page.GotoAsync("/audit-log");
        await ShownAsync(page);
        var (times, bytes) = (new List<TimeSpan>(), new List<long>());
        for (var i = 0; i < 3 * ScaleLog.Kinds.Length; i++)
        {
            await page.SelectOptionAsync("#filter-action", ScaleLog.Kinds[i * 5 % ScaleLog.Kinds.Length].Action);
            await page.FillAsync("#filter-slug", i % 3 == 0 ? "" : $"resource-{i % 30:00000}");
            await page.WaitForTimeoutAsync(300);
            var before = service.SentBytes();
            var time = await page.EvaluateAsync<double>(Apply);
            await page.WaitForTimeoutAsync(300);
            if (i >= warm)
            {
                times.Add(TimeSpan.FromMilliseconds(time));
                bytes.Add(service.SentBytes() - before);
            }
        }
        await page.CloseAsync();
        Console.WriteLine($"The page in Chromium: from the click on Apply until painted {Percentiles.Of(times)}; {bytes.Order().ElementAt(bytes.Count / 2) / 1024.0:0.0} KiB on the wire (median), {bytes.Max() / 1024.0:0.0} KiB (most)");
    }

    private static async Task OpenConsolesAsync(IBrowserContext context, ServiceProcess service)
    {
        var (pages, before) = (new List<IPage>(), 0L);
        for (var i = 0; i < Consoles; i++)
        {
            // What is compiled and kept for the first ones is no later one's.
            before = i == FirstConsoles ? service.Resident : before;
            var page = await context.NewPageAsync();
            await page.GotoAsync("/audit-log");
            await ShownAsync(page);
            pages.Add(page);
        }
        var after = service.Resident;
        Console.WriteLine($"{Consoles} open consoles: {after / 1e6:N0} MB resident, {(after - before) / 1e6 / (Consoles - FirstConsoles):0.00} MB each behind the first {FirstConsoles}");
        foreach (var page in pages)
        {
            await page.CloseAsync();
        }
    }

    private static Task ShownAsync(IPage page) =>
        page.WaitForFunctionAsync("() => /^Entries .* of [0-9]/.test(document.querySelector('.foot [role=status]')?.textContent ?? '')");
}
