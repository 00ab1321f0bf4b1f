using ControlPanel;
using ControlPanel.Commands;
using ControlPanel.Configuration;
using ControlPanel.Hosting;

// One clear line and an exit code for whatever keeps the server from starting; a stack trace helps no operator.
try
{
    switch (StartCommand.Parse(args, Environment.CurrentDirectory))
    {
        case StartCommand.Help:
            StartupConsole.Write(StartCommand.Usage);
            return 0;
        case StartCommand.Invalid invalid:
            StartupConsole.WriteError(invalid.Message);
            return 2;
        case StartCommand.Serve serve:
            await using (var app = await ControlPanelApp.BuildAsync(serve.Options))
            {
                await app.RunAsync();
            }

            return 0;
        case StartCommand.ResetOwner reset:
            StartupConsole.Write(await OwnerReset.RunAsync(reset.Email, reset.Options));
            return 0;
        case StartCommand.ImportLegacy import:
            return await ImportCommand.RunAsync(import, StartupConsole.Write);
        case StartCommand.ImportModels import:
            return await ImportCommand.RunAsync(import, StartupConsole.Write);
        case StartCommand.Seed seed:
            await SeedCommand.RunAsync(seed, StartupConsole.Write);
            return 0;
        default:
            throw new System.Diagnostics.UnreachableException();
    }
}
catch (StartRefusedException refused)
{
    StartupConsole.WriteError(refused.Message);
    return 1;
}
