using ControlPanel.Bench.Lists;

if (args is not [var place])
{
    Console.Error.WriteLine("Usage: dotnet run -c Release --project bench/Lists -- DATA-FOLDER-OR-POSTGRES-CONNECTION");
    return 2;
}

return await ListTimings.RunAsync(place) ? 0 : 1;
